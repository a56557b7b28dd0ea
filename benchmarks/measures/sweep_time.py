"""Ten thousand offers that ran out at once, and a tick with nothing to do."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from benchmarks import bulk_rows, transaction_times, worker_process
from benchmarks.measurements import Measurement, value
from benchmarks.system_under_test import Ground, running

SLOTS_A_SHOP = 10
BATCH = 500
IDLE_TICKS = 200
# The least that a sweep must write for a batch: the offer's end, the reason why, the next search.
FLOOR = """
WITH due AS (
  SELECT id, shop_id, slot_opening_id FROM slot_offers
   WHERE status = 'sent' AND expires_at <= (SELECT clock_timestamp()) ORDER BY expires_at LIMIT %s
), ended AS (
  UPDATE slot_offers o SET status = 'expired', ended_at = clock_timestamp() FROM due WHERE o.id = due.id
), noted AS (
  INSERT INTO audit_logs (shop_id, slot_opening_id, event, because)
  SELECT shop_id, slot_opening_id, 'OfferDeadlinePassed', 'Nobody answered in time.' FROM due
)
INSERT INTO pending_tasks (shop_id, name, args, next_ring_at)
SELECT shop_id, 'send_next_offer', jsonb_build_array(slot_opening_id), clock_timestamp() + interval '1 day' FROM due
"""


@dataclass(frozen=True, slots=True)
class SweepTime:
    """`grew` in megabytes, after the first tenth of the sweep."""

    offers: int
    triggered: int
    seconds: float
    grew: float


def measure(*, quick: bool) -> Iterator[Measurement]:
    """On Postgres and Valkey alone: nobody works off what the sweep writes down."""
    shops = 3 if quick else 1000
    with running((), floor=False) as ground:
        yield _idle(ground, 5 if quick else IDLE_TICKS)
        floor = _floor(ground, shops)
        _expired(ground, "swept", shops)
        with transaction_times.watched(ground) as transactions:
            swept = worker_process.run(ground.settings, sweep)
        asked = f"{swept.triggered:,} of {shops * SLOTS_A_SHOP:,} slots got a task that asks their next customer"
        yield Measurement(
            "sweep, expiries", swept.offers / swept.seconds, "expiries/s", floor, value(least=1000), asked
        )
        yield Measurement("sweep, longest transaction", transactions.longest, "s", None, value(most=1))
        yield Measurement("sweep, memory gained", swept.grew, "MB", None, value(most=10))


def _expired(ground: Ground, group: str, shops: int) -> None:
    bulk_rows.shops(ground, group, shops=shops, customers=2 * SLOTS_A_SHOP)
    bulk_rows.opened(ground, group, slots=SLOTS_A_SHOP)
    bulk_rows.offered(ground, group, ends_in=-1)


def _floor(ground: Ground, shops: int) -> float:
    """Expiries a second of one plain statement a batch."""
    _expired(ground, "plain", shops)
    ended, began = 0, time.perf_counter()
    with psycopg.connect(ground.settings["DATABASE_URL"], autocommit=True) as connection:
        while (more := connection.execute(FLOOR, [BATCH]).rowcount) > 0:
            ended += more
    seconds = time.perf_counter() - began
    ground.sql("DELETE FROM pending_tasks WHERE next_ring_at > clock_timestamp() + interval '1 hour'")
    return ended / seconds


def _idle(ground: Ground, ticks: int) -> Measurement:
    ticked, floor = worker_process.run(ground.settings, idle_ticks, ticks)
    statements = sorted({one.statements for one in ticked})
    taken = [one.milliseconds for one in ticked]
    note = f"{' or '.join(map(str, statements))} statements; the floor: SELECT 1 in a transaction"
    return Measurement(
        "idle tick", statistics.median(taken), "ms", statistics.median(floor), value(most=2), note, taken
    )


def idle_ticks(ticks: int) -> tuple[list[worker_process.Watched], list[float]]:
    """Runs here, in a process of its own; each tick, and the milliseconds of as many empty transactions."""
    from sqlalchemy import text

    from worker.sweep import bring_forward

    made, seen, floor = worker_process.silent_tools(), [], []
    for _ in range(ticks + 20):
        with worker_process.watched(made) as tick:
            bring_forward(made, batches=20)
        seen.append(tick)
        began = time.perf_counter()
        with made.transactions() as session:
            session.execute(text("SELECT 1"))
        floor.append((time.perf_counter() - began) * 1000)
    return seen[20:], floor[20:]


def sweep() -> SweepTime:
    """Runs here, in a process of its own; the bells are not rung, what they ring for is written."""
    from worker.sweep import sweep as run

    made = worker_process.silent_tools()
    began = time.perf_counter()
    with worker_process.growing() as growth:
        answer = run(made)
    assert not answer["errors"], answer["errors"][:3]
    return SweepTime(answer["expired"], answer["triggered"], time.perf_counter() - began, growth.megabytes)
