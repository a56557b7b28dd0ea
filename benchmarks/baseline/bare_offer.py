"""Measures the minimal cost of an offer: empty tasks, SQL statements through psycopg, and a call to the carrier."""

import multiprocessing
import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID, uuid4

import redis

from benchmarks import bulk_rows, worker_process
from benchmarks.baseline.replay import Recording, replay
from benchmarks.load import as_fast_as_possible, post
from benchmarks.system_under_test import SystemUnderTest, wait_until

TASKS = 2
"""An offer takes `send_next_offer` and `send_message`."""


@dataclass(frozen=True, slots=True)
class OfferBaseline:
    """The cost of an offer in milliseconds, on all processors of the machine. Each part is measured separately."""

    tasks: float
    sql: float
    call: float
    statements: int

    @property
    def total(self) -> float:
        return self.tasks + self.sql + self.call

    @property
    def words(self) -> str:
        return (
            f"baseline: {TASKS} empty tasks {self.tasks:.1f} ms, {self.statements} statements {self.sql:.1f} ms, "
            f"call {self.call:.1f} ms"
        )


def offer_baseline(system: SystemUnderTest, *, offers: int) -> OfferBaseline:
    """Measures the baseline on an idle system."""
    sql, statements = _sql(system, offers)
    return OfferBaseline(_tasks(system, offers), sql, _calls(system, offers), statements)


def _tasks(system: SystemUnderTest, offers: int) -> float:
    store = redis.Redis.from_url(system.settings["REDIS_URL"])
    mark = uuid4().hex
    began = time.perf_counter()
    worker_process.run(system.settings, publish, TASKS * offers, mark)
    wait_until(lambda: store.get("baseline:done") == mark.encode(), "the empty tasks to be done", pause=0.005)
    return (time.perf_counter() - began - float(store.get("baseline:importing") or 0)) * 1000 / offers


def publish(tasks: int, mark: str) -> None:
    """Publishes empty tasks, then a task that marks the end.

    Stores the time of the imports, which is not part of the result.
    """
    began = time.perf_counter()
    from benchmarks.baseline.baseline_tasks import app

    app.connection_for_write().ensure_connection()
    store = redis.Redis.from_url(os.environ["REDIS_URL"])
    store.set("baseline:importing", time.perf_counter() - began)
    for number in range(tasks):
        app.send_task("baseline.nothing", args=[str(number)], queue="baseline")
    app.send_task("baseline.last", args=[mark], queue="baseline")


def _calls(system: SystemUnderTest, offers: int) -> float:
    settings = system.settings
    account = settings["TWILIO_ACCOUNT_SID"]
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _basic(settings)}
    body = urlencode({"From": "+15005550006", "To": "+447700900999", "Body": "A slot opened. " * 6}).encode()
    requests = [post(settings["SANDBOX_URL"], path, body, headers)] * offers
    return 1000 / as_fast_as_possible(settings["SANDBOX_URL"], requests, seconds=60).rate


def _basic(settings: Mapping[str, str]) -> str:
    from requests.auth import _basic_auth_str

    return str(_basic_auth_str(settings["TWILIO_ACCOUNT_SID"], settings["TWILIO_AUTH_TOKEN"]))


def _sql(system: SystemUnderTest, offers: int) -> tuple[float, int]:
    """Records the SQL of one offer and replays it in as many processes as there are processors."""
    bulk_rows.shops(system, "recorded", shops=1, customers=3)
    bulk_rows.opened(system, "recorded")
    ((about,),) = system.sql(
        "SELECT s.id FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND name = 'recorded'"
    )
    recording = worker_process.run(system.settings, record_offer, about)
    bulk_rows.shops(system, "replayed", shops=offers, customers=3)
    bulk_rows.opened(system, "replayed")
    system.sql("ANALYZE")
    slots = [
        id
        for (id,) in system.sql(
            "SELECT s.id FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND name = 'replayed'"
        )
    ]
    share, url = os.cpu_count() or 1, system.settings["DATABASE_URL"]
    with ProcessPoolExecutor(share, mp_context=multiprocessing.get_context("spawn")) as pool:
        took = [pool.submit(replay, recording, url, slots[n::share]) for n in range(share)]
        return max(one.result() for one in took) * 1000 / offers, recording.statements


def record_offer(slot: UUID) -> Recording:
    """Runs the two tasks of an offer in this process."""
    from benchmarks.baseline.replay import record
    from db.tasks import waiting_tasks
    from worker.task_run import BODIES, run_bare, run_row

    made = worker_process.dependencies_without_broker()

    def act() -> None:
        run_bare(BODIES["send_next_offer"], "send_next_offer", (str(slot),))
        run_row(BODIES["send_message"], "send_message", sending())

    def sending() -> UUID:
        with made.transactions() as session:
            return next(row.id for row in waiting_tasks.claimable(session, limit=100) if row.name == "send_message")

    recording = record(made.engine, slot, act)
    # The query for the second task's row is not recorded: in production, the message contains the row's id.
    looked = next(n for n, sent in enumerate(recording.sent) if "ORDER BY due_at LIMIT" in sent.statement)
    del recording.sent[looked : looked + 2]
    return recording
