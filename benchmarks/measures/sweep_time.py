"""Measures a sweep over ten thousand expired offers, and an idle tick."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from benchmarks import bulk_rows, transaction_times, worker_process
from benchmarks.measurements import Measurement, value
from benchmarks.system_under_test import SystemUnderTest, running

SLOTS_A_SHOP = 10
BATCH = 500
IDLE_TICKS = 200
# The minimum that a sweep writes for each offer: the offer's end, the reason and the next task.
BASELINE_SWEEP = """
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
    """`grew`: the growth of the memory in megabytes, after the first tenth of the sweep."""

    offers: int
    triggered: int
    seconds: float
    grew: float


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures with only Postgres and Valkey running, so that no worker executes the tasks that the sweep writes."""
    shops = 3 if quick else 1000
    with running((), baseline=False) as system:
        yield _idle(system, 5 if quick else IDLE_TICKS)
        baseline = _baseline(system, shops)
        _expired(system, "swept", shops)
        with transaction_times.watched(system) as transactions:
            swept = worker_process.run(system.settings, sweep)
        asked = f"{swept.triggered:,} of {shops * SLOTS_A_SHOP:,} slots got a task that asks the next customer"
        yield Measurement(
            "sweep, expiries", swept.offers / swept.seconds, "expiries/s", baseline, value(least=1000), asked
        )
        yield Measurement("sweep, longest transaction", transactions.longest, "s", None, value(most=1))
        yield Measurement("sweep, memory gained", swept.grew, "MB", None, value(most=10))


def _expired(system: SystemUnderTest, group: str, shops: int) -> None:
    bulk_rows.shops(system, group, shops=shops, customers=2 * SLOTS_A_SHOP)
    bulk_rows.opened(system, group, slots=SLOTS_A_SHOP)
    bulk_rows.offered(system, group, ends_in=-1)


def _baseline(system: SystemUnderTest, shops: int) -> float:
    """Returns the expiries per second with one plain statement per batch."""
    _expired(system, "plain", shops)
    ended, began = 0, time.perf_counter()
    with psycopg.connect(system.settings["DATABASE_URL"], autocommit=True) as connection:
        while (more := connection.execute(BASELINE_SWEEP, [BATCH]).rowcount) > 0:
            ended += more
    seconds = time.perf_counter() - began
    system.sql("DELETE FROM pending_tasks WHERE next_ring_at > clock_timestamp() + interval '1 hour'")
    return ended / seconds


def _idle(system: SystemUnderTest, ticks: int) -> Measurement:
    ticked, baseline = worker_process.run(system.settings, idle_ticks, ticks)
    statements = sorted({one.statements for one in ticked})
    taken = [one.milliseconds for one in ticked]
    note = f"statements: {' or '.join(map(str, statements))}; baseline: SELECT 1 in a transaction"
    return Measurement(
        "idle tick", statistics.median(taken), "ms", statistics.median(baseline), value(most=2), note, taken
    )


def idle_ticks(ticks: int) -> tuple[list[worker_process.Watched], list[float]]:
    """Returns the measured ticks, and the durations (ms) of the same number of empty transactions.

    Runs in a separate process.
    """
    from sqlalchemy import text

    from worker.sweep import bring_forward

    made, seen, baseline = worker_process.dependencies_without_broker(), [], []
    for _ in range(ticks + 20):
        with worker_process.watched(made) as tick:
            bring_forward(made, batches=20)
        seen.append(tick)
        began = time.perf_counter()
        with made.transactions() as session:
            session.execute(text("SELECT 1"))
        baseline.append((time.perf_counter() - began) * 1000)
    return seen[20:], baseline[20:]


def sweep() -> SweepTime:
    """Runs a sweep that writes outbox rows but publishes no messages. Runs in a separate process."""
    from worker.sweep import sweep as run

    made = worker_process.dependencies_without_broker()
    began = time.perf_counter()
    with worker_process.growing() as growth:
        answer = run(made)
    assert not answer.errors, answer.errors[:3]
    return SweepTime(answer.expired, answer.triggered, time.perf_counter() - began, growth.megabytes)
