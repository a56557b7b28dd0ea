"""Measures the periodic jobs with 100,000 appointments, a million notifications and a million audit rows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import bulk, transaction_times, worker_process
from benchmarks.measurements import Measurement, value
from benchmarks.system_under_test import SystemUnderTest, running

CUSTOMERS_A_SHOP = 100
SHOPS = """
WITH made AS (
  INSERT INTO shops (name, sms_from, quiet_from, quiet_until)
  SELECT 'jobs', '+1777' || lpad(n::text, 7, '0'), NULL, NULL FROM generate_series(1, %(shops)s) n RETURNING id
)
INSERT INTO customers (shop_id, name, phone, sms_opt_in)
SELECT made.id, 'Ana', '+44' || (6000000000 + row_number() OVER ())::text, true
  FROM made, generate_series(1, %(each)s)
"""
# The customers of a shop have past appointments on consecutive days. The first customer also has one for tomorrow.
OVER = """
INSERT INTO appointments (shop_id, customer_id, starts_at, ends_at, status, price_cents, created_at)
SELECT shop_id, id, day - n * interval '1 day', day - n * interval '1 day' + interval '1 hour', 'booked', 5000,
       day - interval '300 days'
  FROM (SELECT c.id, c.shop_id, row_number() OVER (PARTITION BY c.shop_id ORDER BY c.id) AS n,
               clock_timestamp() + interval '20 hours' AS day
          FROM customers c JOIN shops ON shops.id = c.shop_id AND shops.name = 'jobs') c
"""
AHEAD = """
INSERT INTO appointments (shop_id, customer_id, starts_at, ends_at, status, price_cents, payment_required, created_at)
SELECT DISTINCT ON (c.shop_id) c.shop_id, c.id, clock_timestamp() + %(starts_in)s * interval '1 hour',
       clock_timestamp() + (%(starts_in)s + 1) * interval '1 hour', %(status)s, 5000, %(status)s = 'pending_payment',
       clock_timestamp() - interval '3 days'
  FROM customers c JOIN shops ON shops.id = c.shop_id AND shops.name = 'jobs' ORDER BY c.shop_id, c.id
"""
NOTIFICATIONS = """
INSERT INTO notifications (shop_id, text, read_at, created_at)
SELECT shop.id, 'Something happened.', moment, moment
  FROM (SELECT id FROM shops WHERE name = 'jobs' LIMIT 100) shop, generate_series(1, %(each)s) n,
       LATERAL (SELECT clock_timestamp() - interval '2 years' + n * interval '1 second' AS moment) m
"""
AUDIT = """
INSERT INTO audit_logs (shop_id, event, because, created_at)
SELECT shop.id, 'SomethingHappened', 'It is long ago.',
       clock_timestamp() - interval '5 years' + n * interval '1 second'
  FROM (SELECT id FROM shops WHERE name = 'jobs' LIMIT 100) shop, generate_series(1, %(each)s) n
"""


@dataclass(frozen=True, slots=True)
class JobsSize:
    shops: int
    records: int
    """The number of notifications and audit rows per shop."""


FULL, QUICK = JobsSize(shops=1000, records=10_000), JobsSize(shops=5, records=40)


@dataclass(frozen=True, slots=True)
class Part:
    """A job and its baseline, which is one plain statement that does the same work on a tenth of the rows."""

    job: str
    words: str
    baseline: str | None = None


TENTH = (
    "(SELECT id FROM {table} TABLESAMPLE BERNOULLI (10) WHERE created_at < clock_timestamp() - interval '200 days')"
)
PARTS = (
    Part(
        "cleanup_old_notifications",
        "notifications deleted",
        f"DELETE FROM notifications WHERE id IN {TENTH.format(table='notifications')}",
    ),
    Part(
        "cleanup_old_audit_logs",
        "audit rows deleted",
        "SELECT set_config('app.retention', 'on', false);"
        f"DELETE FROM audit_logs WHERE id IN {TENTH.format(table='audit_logs')}",
    ),
    Part(
        "resolve_outcomes",
        "appointments settled",
        "UPDATE appointments SET status = 'settled' WHERE starts_at < clock_timestamp()"
        f" AND id IN {TENTH.format(table='appointments')}",
    ),
    Part("send_booking_reminders", "reminders written"),
    Part("cleanup_stale_bookings", "unpaid bookings cancelled"),
)


@dataclass(frozen=True, slots=True)
class JobRunTime:
    """`grew`: the growth of the memory in megabytes, after the first tenth of the run."""

    done: int
    seconds: float
    grew: float


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures with only Postgres and Valkey running."""
    size = QUICK if quick else FULL
    with running((), baseline=False) as system:
        _fill(system, size)
        for part in PARTS[-1:] if quick else PARTS:
            baseline = _baseline(system, part.baseline) if part.baseline else None
            with transaction_times.watched(system) as transactions:
                ran = worker_process.run(system.settings, run_job, part.job)
            note = f"{ran.done:,} in {ran.seconds:.1f} s"
            yield Measurement(f"{part.words}, {part.job}", ran.done / ran.seconds, "rows/s", baseline, None, note)
            yield Measurement(f"{part.job}, memory gained", ran.grew, "MB", None, value(most=10))
            yield Measurement(f"{part.job}, longest transaction", transactions.longest, "s", None, value(most=1))


def _fill(system: SystemUnderTest, size: JobsSize) -> None:
    system.sql(SHOPS, shops=size.shops, each=CUSTOMERS_A_SHOP)
    with bulk.bare(system, "appointments", "notifications", "audit_logs"):
        bulk.at_once(system, [(OVER, {}), *((one, {"each": size.records}) for one in (NOTIFICATIONS, AUDIT))])
    system.sql(AHEAD, starts_in=23.9, status="booked")
    system.sql(AHEAD, starts_in=72, status="pending_payment")
    system.sql("VACUUM ANALYZE")


def _baseline(system: SystemUnderTest, statement: str) -> float:
    """Returns the rows per second of the baseline statement."""
    began = time.perf_counter()
    rows = system.changed(statement)
    return rows / (time.perf_counter() - began)


def run_job(name: str) -> JobRunTime:
    """Runs a job for every shop in a separate process."""
    from worker.periodic.periodic_jobs import JOBS
    from worker.task_run import TaskRun

    made = worker_process.dependencies_without_broker()
    (part,) = JOBS[name].parts
    began = time.perf_counter()
    with worker_process.growing() as growth:
        answer = JOBS[name].run(TaskRun(None, made))
    counts = answer.model_dump()
    done = counts.get(part.count_name, counts.get("settled"))
    assert not counts["errors"], counts["errors"][:3]
    return JobRunTime(int(done or 0), time.perf_counter() - began, growth.megabytes)
