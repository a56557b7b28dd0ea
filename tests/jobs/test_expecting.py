"""A job that does not run is reported, even if it has never run before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from db.tasks import job_runs
from tests.world import World

REMINDERS = {"send_booking_reminders", "send_payment_reminders"}


def overdue(session: Session) -> set[str]:
    found = set(job_runs.overdue(session))
    session.rollback()
    return found


def test_a_job_that_has_never_run_is_overdue_after_twice_its_interval(world: World, session: Session) -> None:
    world.perform("tick")
    assert overdue(session) == set()
    world.clock.pass_(timedelta(minutes=11))
    world.perform("tick")
    assert overdue(session) == {"expire_offers"}
    world.clock.pass_(timedelta(hours=2))
    world.perform("tick")
    world.perform("expire_offers")
    assert overdue(session) == REMINDERS
    world.clock.pass_(timedelta(days=2))
    world.perform("tick")
    assert overdue(session) >= REMINDERS | {"cleanup_stale_bookings", "resolve_outcomes"}


def test_a_job_that_runs_in_time_is_never_overdue(world: World, session: Session) -> None:
    world.perform("tick")
    for _ in range(4):
        world.clock.pass_(timedelta(hours=1))
        for job in ("run_all_reminder_jobs", "expire_offers", "tick"):
            world.perform(job)
        assert overdue(session) == set()


def test_the_next_reminders_are_announced_for_when_the_clock_fires_them(world: World) -> None:
    world.perform("send_booking_reminders")
    ((started_at, next_run_at),) = world.rows("SELECT started_at, next_run_at FROM job_runs")
    assert timedelta() < next_run_at - started_at <= timedelta(hours=1)
    assert (next_run_at.minute, next_run_at.second) == (5, 0)
