"""Measures a mass expiry of offers: latency of replies, throughput of new offers, and memory of the workers."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import redis

from benchmarks import bulk_rows, worker_process
from benchmarks.carrier_ledger import texts_since
from benchmarks.measurements import Measurement, percentile, value
from benchmarks.processes import MemorySamples, sampled_memory
from benchmarks.recovery_steps import YES, Trigger, milliseconds_to, says_yes, start_recoveries
from benchmarks.system_under_test import SystemUnderTest, running, wait_until
from db.tasks.pending_tasks import UnpublishedRow
from outbox.queues import QUEUES

SLOTS_A_SHOP = 10
# One task for each kind of worker.
TASKS = ("accept_offer", "update_message_status", "send_message", "create_payment")
GROUP = "mass expiry"
# Openings that have a live offer, or that a task has locked, stay open.
GIVEN_UP = """
UPDATE slot_openings SET status = 'expired', closed_as = 'stopped'
 WHERE id IN (
   SELECT s.id FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND shops.name = %(group)s
    WHERE s.status = 'open' AND NOT EXISTS (
      SELECT FROM slot_offers o WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent'))
      FOR UPDATE OF s SKIP LOCKED)
"""
SETTLED = "SELECT count(*) FROM pending_tasks WHERE settled_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class ExpirySize:
    """`offers` is the number of offers that expire, `answers` the number of YES replies in the meantime, and `tasks`
    the total number of tasks.

    After `seconds`, openings without a new offer are closed.
    """

    offers: int
    answers: int
    answers_a_second: float
    seconds: float
    tasks: int


FULL, QUICK = ExpirySize(5_000, 100, 2.5, 40, 50_000), ExpirySize(20, 3, 2, 60, 100)


def measure(*, quick: bool) -> Iterator[Measurement]:
    size = QUICK if quick else FULL
    with running() as system:
        calm = _answered(system, says_yes(system, "calm", size.answers // 2 or 1, 1), size.answers_a_second * 2)
        system.wait_until_idle()
        answers = says_yes(system, "answering", size.answers, 1)
        _expired(system, size)
        before, began = system.count(SETTLED), time.time()
        with sampled_memory(system) as memory:
            sweeping = threading.Thread(target=system.sweep)
            sweeping.start()
            waited = _answered(system, answers, size.answers_a_second)
            sweeping.join()
            asked = _asked(system, size, began)
            system.sql(GIVEN_UP, group=GROUP)
            system.wait_until_idle()
            tasks = system.count(SETTLED) - before
            tasks += _publish_settled(system, size.tasks - tasks)
        tail, baseline = percentile(waited, 0.99), percentile(calm, 0.99)
        note = f"{len(waited)} samples; baseline: the same on an idle system"
        yield Measurement(
            f"YES to payment link while {size.offers:,} offers expire",
            tail,
            "ms",
            baseline,
            value(most=500),
            note,
            waited,
        )
        yield from _throughput(size, [at - began for at in asked], memory, tasks)


def _throughput(size: ExpirySize, asked: list[float], memory: MemorySamples, tasks: int) -> Iterator[Measurement]:
    note = f"{len(asked):,} of them in {asked[-1]:.0f} s, while customers reply YES"
    rate = len(asked) / asked[-1]
    yield Measurement(f"{size.offers:,} expired offers, next customers asked", rate, "offers/s", note=note)
    yield Measurement("heaviest process of a worker", memory.heaviest, "MB", None, value(most=150), memory.words())
    last = memory.growth_after(0.5)
    note = f"largest growth of a process after the first fifth of {tasks:,} tasks; {last:.1f} MB in the last half"
    yield Measurement("growth of a worker's process", memory.growth_after(0.2), "MB", None, value(most=2), note)


def _publish_settled(system: SystemUnderTest, many: int) -> int:
    """Publishes messages for settled rows to every queue, and waits until they are consumed; returns their number."""
    ids = [str(id) for (id,) in system.sql("SELECT id FROM pending_tasks WHERE settled_at IS NOT NULL LIMIT 100")]
    published = worker_process.run(system.settings, publish, ids, max(0, many) // len(TASKS))
    store = redis.Redis.from_url(system.settings["REDIS_URL"])
    wait_until(lambda: not any(store.llen(queue) for queue in QUEUES), "every message to be consumed", pause=1)
    return published


def publish(ids: list[str], each: int) -> int:
    """Publishes `each` messages for each task; returns their number. Runs in a separate process."""
    made = worker_process.dependencies()
    for number in range(each):
        made.transactions.publisher.publish(
            UnpublishedRow(UUID(ids[number % len(ids)]), task, ["-"]) for task in TASKS
        )
    return each * len(TASKS)


def _answered(system: SystemUnderTest, triggers: list[Trigger], rate: float) -> list[float]:
    return milliseconds_to(system, YES.answered_by, start_recoveries(system, triggers, rate))


def _expired(system: SystemUnderTest, size: ExpirySize) -> None:
    bulk_rows.shops(system, GROUP, shops=size.offers // SLOTS_A_SHOP, customers=2 * SLOTS_A_SHOP)
    bulk_rows.opened(system, GROUP, slots=SLOTS_A_SHOP)
    bulk_rows.offered(system, GROUP, ends_in=-1)


def _asked(system: SystemUnderTest, size: ExpirySize, since: float) -> list[float]:
    """Returns the Unix times at which the next customers were texted, up to the end of `size.seconds`."""
    wait_until(lambda: _enough(system, size, since), "the mass expiry to end", pause=1)
    return [text.at for text in texts_since(system, since, "Reply YES")]


def _enough(system: SystemUnderTest, size: ExpirySize, since: float) -> bool:
    over = time.time() - since >= size.seconds
    return over or len(texts_since(system, since, "Reply YES")) >= size.offers
