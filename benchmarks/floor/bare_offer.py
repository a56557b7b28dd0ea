"""What one offer costs at least: its tasks as no-ops, its SQL through bare psycopg, its call to the carrier."""

from __future__ import annotations

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
from benchmarks.floor.replay import Recording, replay
from benchmarks.load import as_fast_as_possible, post
from benchmarks.system_under_test import Ground, wait_until

TASKS = 2
"""An offer takes `send_next_offer` and `send_message`."""


@dataclass(frozen=True, slots=True)
class OfferFloor:
    """Milliseconds an offer, with this machine's processors all at it, one part after the other."""

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
            f"{TASKS} empty tasks {self.tasks:.1f} ms, its {self.statements} statements {self.sql:.1f} ms, "
            f"its call {self.call:.1f} ms"
        )


def offer_floor(ground: Ground, *, offers: int) -> OfferFloor:
    """Measured on a system that is at rest."""
    sql, statements = _sql(ground, offers)
    return OfferFloor(_tasks(ground, offers), sql, _calls(ground, offers), statements)


def _tasks(ground: Ground, offers: int) -> float:
    store = redis.Redis.from_url(ground.settings["REDIS_URL"])
    mark = uuid4().hex
    began = time.perf_counter()
    worker_process.run(ground.settings, publish, TASKS * offers, mark)
    wait_until(lambda: store.get("floor:done") == mark.encode(), "the empty tasks to be done", pause=0.005)
    return (time.perf_counter() - began - float(store.get("floor:importing") or 0)) * 1000 / offers


def publish(tasks: int, mark: str) -> None:
    """Sends so many empty tasks, and one behind them that tells. What it takes to import Celery doesn't count."""
    began = time.perf_counter()
    from benchmarks.floor.floor_tasks import app

    app.connection_for_write().ensure_connection()
    store = redis.Redis.from_url(os.environ["REDIS_URL"])
    store.set("floor:importing", time.perf_counter() - began)
    for number in range(tasks):
        app.send_task("floor.nothing", args=[str(number)], queue="floor")
    app.send_task("floor.last", args=[mark], queue="floor")


def _calls(ground: Ground, offers: int) -> float:
    settings = ground.settings
    account = settings["TWILIO_ACCOUNT_SID"]
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _basic(settings)}
    body = urlencode({"From": "+15005550006", "To": "+447700900999", "Body": "A slot opened. " * 6}).encode()
    requests = [post(settings["SANDBOX_URL"], path, body, headers)] * offers
    return 1000 / as_fast_as_possible(settings["SANDBOX_URL"], requests, seconds=60).rate


def _basic(settings: Mapping[str, str]) -> str:
    from requests.auth import _basic_auth_str

    return str(_basic_auth_str(settings["TWILIO_ACCOUNT_SID"], settings["TWILIO_AUTH_TOKEN"]))


def _sql(ground: Ground, offers: int) -> tuple[float, int]:
    """Recorded once, replayed by one process a processor."""
    bulk_rows.shops(ground, "recorded", shops=1, customers=3)
    bulk_rows.opened(ground, "recorded")
    ((about,),) = ground.sql(
        "SELECT s.id FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND name = 'recorded'"
    )
    recording = worker_process.run(ground.settings, record_offer, about)
    bulk_rows.shops(ground, "replayed", shops=offers, customers=3)
    bulk_rows.opened(ground, "replayed")
    ground.sql("ANALYZE")
    slots = [
        id
        for (id,) in ground.sql(
            "SELECT s.id FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND name = 'replayed'"
        )
    ]
    share, url = os.cpu_count() or 1, ground.settings["DATABASE_URL"]
    with ProcessPoolExecutor(share, mp_context=multiprocessing.get_context("spawn")) as pool:
        took = [pool.submit(replay, recording, url, slots[n::share]) for n in range(share)]
        return max(one.result() for one in took) * 1000 / offers, recording.statements


def record_offer(slot: UUID) -> Recording:
    """The offer's two tasks, run here by hand."""
    from benchmarks.floor.replay import record
    from db import pending_tasks
    from worker.task_run import BODIES, run_bare, run_row

    made = worker_process.silent_tools()

    def act() -> None:
        run_bare(BODIES["send_next_offer"], "send_next_offer", (str(slot),))
        run_row(BODIES["send_message"], "send_message", sending())

    def sending() -> UUID:
        with made.transactions() as session:
            return next(row.id for row in pending_tasks.claimable(session, limit=100) if row.name == "send_message")

    recording = record(made.engine, slot, act)
    # Looking for the second task's row is no part of it: a bell would have named it.
    looked = next(n for n, sent in enumerate(recording.sent) if "ORDER BY due_at LIMIT" in sent.statement)
    del recording.sent[looked : looked + 2]
    return recording
