"""So many offers run out at once that every worker is busy for minutes: who waits, who is asked, what it weighs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import redis

from benchmarks import bulk_rows, worker_process
from benchmarks.carrier_ledger import texts_since
from benchmarks.measurements import Measurement, percentile, value
from benchmarks.processes import Weights, weighed
from benchmarks.recovery_steps import YES, Spark, milliseconds_to, says_yes, set_off
from benchmarks.system_under_test import Ground, running, wait_until
from db.pending_tasks import UnpublishedRow
from outbox.queues import QUEUES

SLOTS_A_SHOP = 10
# One for each of the workers.
TASKS = ("accept_offer", "update_message_status", "send_message", "create_payment")
GROUP = "flood"
# What somebody is at, and what waits for an answer, goes on.
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
class FloodSize:
    """`offers` that run out; `answers`: YES that come meanwhile, so many a second; `tasks` that are done at last.

    After so many `seconds` the shops give up what is not on offer again.
    """

    offers: int
    answers: int
    answers_a_second: float
    seconds: float
    tasks: int


FULL, QUICK = FloodSize(5_000, 100, 2.5, 40, 50_000), FloodSize(40, 3, 2, 60, 400)


def measure(*, quick: bool) -> Iterator[Measurement]:
    size = QUICK if quick else FULL
    with running() as ground:
        calm = _answered(ground, says_yes(ground, "calm", size.answers // 2 or 1, 1), size.answers_a_second * 2)
        ground.at_rest()
        answers = says_yes(ground, "answering", size.answers, 1)
        _expired(ground, size)
        before, began = ground.count(SETTLED), time.time()
        with weighed(ground) as weights:
            sweeping = threading.Thread(target=ground.sweep)
            sweeping.start()
            waited = _answered(ground, answers, size.answers_a_second)
            sweeping.join()
            asked = _asked(ground, size, began)
            ground.sql(GIVEN_UP, group=GROUP)
            ground.at_rest()
            tasks = ground.count(SETTLED) - before
            tasks += _bells(ground, size.tasks - tasks)
        tail, floor = percentile(waited, 0.99), percentile(calm, 0.99)
        note = f"{len(waited)} samples; the floor: the same on a calm system"
        yield Measurement(
            f"YES to link while {size.offers:,} offers go out", tail, "ms", floor, value(most=500), note, waited
        )
        yield from _throughput(size, [at - began for at in asked], weights, tasks)


def _throughput(size: FloodSize, asked: list[float], weights: Weights, tasks: int) -> Iterator[Measurement]:
    note = f"{len(asked):,} of them in {asked[-1]:.0f} s, in which the YES come"
    rate = len(asked) / asked[-1]
    yield Measurement(f"{size.offers:,} expired offers, next customers asked", rate, "offers/s", note=note)
    yield Measurement("heaviest process of a worker", weights.heaviest, "MB", None, value(most=150), weights.words())
    last = weights.growth_after(0.5)
    note = (
        f"the most that any process gained after the first fifth of {tasks:,} tasks; {last:.1f} MB in the last half"
    )
    yield Measurement("growth of a worker's process", weights.growth_after(0.2), "MB", None, value(most=5), note)


def _bells(ground: Ground, many: int) -> int:
    """Rings for rows that are settled, in every worker's queue, and waits until all have been looked at."""
    ids = [str(id) for (id,) in ground.sql("SELECT id FROM pending_tasks WHERE settled_at IS NOT NULL LIMIT 100")]
    rung = worker_process.run(ground.settings, publish, ids, max(0, many) // len(TASKS))
    store = redis.Redis.from_url(ground.settings["REDIS_URL"])
    wait_until(lambda: not any(store.llen(queue) for queue in QUEUES), "every bell to be heard", pause=1)
    return rung


def publish(ids: list[str], each: int) -> int:
    """Runs here, in a process of its own."""
    made = worker_process.dependencies()
    for number in range(each):
        made.transactions.publisher.publish(
            UnpublishedRow(UUID(ids[number % len(ids)]), task, ["-"]) for task in TASKS
        )
    return each * len(TASKS)


def _answered(ground: Ground, sparks: list[Spark], rate: float) -> list[float]:
    return milliseconds_to(ground, YES.answered_by, set_off(ground, sparks, rate))


def _expired(ground: Ground, size: FloodSize) -> None:
    bulk_rows.shops(ground, GROUP, shops=size.offers // SLOTS_A_SHOP, customers=2 * SLOTS_A_SHOP)
    bulk_rows.opened(ground, GROUP, slots=SLOTS_A_SHOP)
    bulk_rows.offered(ground, GROUP, ends_in=-1)


def _asked(ground: Ground, size: FloodSize, since: float) -> list[float]:
    """When the next customers were texted, in Unix seconds: all of them, or whoever was before the time is over."""
    wait_until(lambda: _enough(ground, size, since), "the flood to run its time", pause=1)
    return [text.at for text in texts_since(ground, since, "Reply YES")]


def _enough(ground: Ground, size: FloodSize, since: float) -> bool:
    over = time.time() - since >= size.seconds
    return over or len(texts_since(ground, since, "Reply YES")) >= size.offers
