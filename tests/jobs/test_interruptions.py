"""A job that is killed, repeated or run concurrently has the same result as a single run.

No effect is duplicated or lost.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_shop
from tests.cli.commands import KEPT, ROOT
from tests.effort import long_except
from tests.waiting import wait_for
from tests.world import World

# Each appointment has its own performer, so that all appointments can begin at the same time.
MANY = text("""
WITH n AS (SELECT g, gen_random_uuid() AS performer, gen_random_uuid() AS customer FROM generate_series(1, :count) g),
performers AS (INSERT INTO performers (id, shop_id) SELECT performer, :shop_id FROM n),
customers AS (INSERT INTO customers (id, shop_id, phone, sms_opt_in, name)
              SELECT customer, :shop_id, '+1666' || lpad(g::text, 7, '0'), true, 'Ana' FROM n)
INSERT INTO appointments (shop_id, performer_id, customer_id, starts_at, ends_at, status, payment_required,
                          price_cents, deposit_cents, created_at)
SELECT :shop_id, performer, customer, CAST(:at AS timestamptz) + make_interval(hours => :hours),
       CAST(:at AS timestamptz) + make_interval(hours => :hours + 1), :status, :status = 'pending_payment',
       5500, 2000, CAST(:at AS timestamptz) - interval '9 days' FROM n
""")


def many(
    session: Session, shop: Built, now: datetime, count: int, *, hours: int = 24, status: str = "booked"
) -> None:
    """Inserts `count` appointments that begin at the same time."""
    values = {"shop_id": shop.id, "at": now, "count": count, "hours": hours, "status": status}
    session.execute(MANY, values)
    session.commit()


GATE, NO_GATE = (
    """
CREATE SEQUENCE shifted_clock.entries;
CREATE FUNCTION shifted_clock.hold_in_the_middle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('shifted_clock.entries') > {middle} THEN PERFORM pg_advisory_xact_lock(1234); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER hold_in_the_middle AFTER INSERT ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION shifted_clock.hold_in_the_middle();
""",
    """
DROP FUNCTION shifted_clock.hold_in_the_middle CASCADE;
DROP SEQUENCE shifted_clock.entries;
""",
)


@contextmanager
def _held_in_the_middle(world: World, count: int) -> Iterator[Callable[[], bool]]:
    """Lets a job that writes `count` entries of the log wait in the middle. Yields whether it waits.

    At the end of the block, ends the transaction that waits.
    """
    waits = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 1234 AND NOT granted"
    with psycopg.connect(world.environment["DATABASE_URL"], autocommit=True) as gate:
        gate.execute(GATE.format(middle=count // 2))  # type: ignore[arg-type]
        try:
            gate.execute("SELECT pg_advisory_lock(1234)")
            yield lambda: gate.execute(waits).fetchone() is not None
        finally:
            gate.execute(f"SELECT pg_terminate_backend(pid, 60000) FROM ({waits}) waiting")
            gate.execute("SELECT pg_advisory_unlock(1234)")
            gate.execute(NO_GATE)


JOBS = {
    "send_booking_reminders": (600, 24, "booked", "SELECT count(*) FROM messages"),
    "send_payment_reminders": (300, 72, "booked", "SELECT count(*) FROM messages"),
    "resolve_outcomes": (1000, -9, "booked", "SELECT count(*) FROM appointments WHERE status = 'settled'"),
    "cleanup_stale_bookings": (
        80,
        48,
        "pending_payment",
        "SELECT count(*) FROM appointments WHERE status = 'cancelled'",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("job", long_except(JOBS, "resolve_outcomes"))
def test_after_a_kill_the_next_run_completes_the_job_and_repeats_nothing(
    world: World, session: Session, now: datetime, job: str
) -> None:
    count, hours, status, done = JOBS[job]
    many(session, a_shop(session), now, count, hours=hours, status=status)
    with _held_in_the_middle(world, count) as is_held:
        running = _started("run", job, world=world)
        try:
            wait_for(is_held, "the middle of the job")
        finally:
            running.kill()
            running.wait()
    before = world.one(done)
    assert 0 < before < count
    assert world.one("SELECT ended_at FROM job_runs WHERE job = :job", job=job) is None
    world.perform(job)
    assert world.one(done) == count
    _nothing_twice(world)


@pytest.mark.parametrize(
    "job",
    long_except(
        ["send_booking_reminders", "send_payment_reminders", "cleanup_stale_bookings"], "send_booking_reminders"
    ),
)
def test_two_runs_at_once_share_the_work(world: World, session: Session, now: datetime, job: str) -> None:
    count, hours, status, done = JOBS[job]
    many(session, a_shop(session), now, count, hours=hours, status=status)
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(world.perform, [job, job]))
    counts = [answer[name] for answer in answers for name in answer if name in ("reminders_sent", "cancelled_count")]
    assert sum(counts) == world.one(done) == count
    _nothing_twice(world)


@pytest.mark.long
def test_two_outcomes_at_once_are_one(world: World, session: Session, now: datetime) -> None:
    many(session, a_shop(session), now, 800, hours=-9)
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(world.perform, ["resolve_outcomes"] * 2))
    assert sum(answer.get("settled", 0) for answer in answers) == 800
    assert world.one("SELECT count(*) FROM audit_logs WHERE event = 'AppointmentSettled'") == 800


def test_a_message_written_before_the_kill_is_sent_once(world: World, session: Session, now: datetime) -> None:
    many(session, a_shop(session), now, 20)
    world.perform("send_booking_reminders")
    with ThreadPoolExecutor(3) as three:
        list(three.map(lambda _: world.work_off(), range(3)))
    to = [sent["To"] for sent in world.outside.texts()]
    assert len(to) == len(set(to)) == 20


def _nothing_twice(world: World) -> None:
    """Asserts that messages have tasks, and that no appointment has repeated messages, entries or notifications."""
    doubled = "SELECT count(*) FROM (SELECT appointment_id FROM {} GROUP BY appointment_id, {} HAVING count(*) > 1) x"
    for table, kind in (("messages", "channel"), ("notifications", "kind"), ("audit_logs", "event")):
        where = f"{table} WHERE appointment_id IS NOT NULL"
        assert world.one(doubled.format(where, kind)) == 0, table
    assert world.one(doubled.format("payments", "kind")) == 0
    assert world.one("SELECT count(*) FROM messages") == world.one(
        "SELECT count(DISTINCT args ->> 0) FROM pending_tasks WHERE name = 'send_by_day'"
    )


def _started(*words: str, world: World) -> subprocess.Popen[bytes]:
    bare = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", *words],
        env=bare | {"PYTHONPATH": str(ROOT)} | dict(world.environment),
        stdout=subprocess.DEVNULL,
    )
