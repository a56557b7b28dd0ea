"""The last run of each periodic job, and the last night for which each nightly job is done in each time zone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a job. Times are UTC.

    `started_at` is None before the first run. `ended_at` is None while a run is in progress and after a run was
    killed. `errors` lists the items that failed, each with the keys "id" and "error".
    """

    job: str
    started_at: datetime | None
    ended_at: datetime | None
    done: int
    errors: list[dict[str, Any]]
    next_run_at: datetime | None
    overdue_at: datetime | None
    overdue: bool


EXPECT = text("""
INSERT INTO job_runs (job, started_at, overdue_at)
SELECT job, NULL, (SELECT clock_timestamp()) + 2 * make_interval(secs => every)
  FROM jsonb_to_recordset(CAST(:jobs AS jsonb)) AS expected (job text, every float8)
ON CONFLICT (job) DO NOTHING
""")
BEGIN = text("""
INSERT INTO job_runs (job, started_at) VALUES (:job, (SELECT clock_timestamp()))
ON CONFLICT (job) DO UPDATE SET started_at = excluded.started_at, ended_at = NULL
RETURNING started_at
""")
RECORD = text("""
INSERT INTO job_runs (job, started_at, ended_at, done, errors, next_run_at, overdue_at)
VALUES (:job, :started_at, (SELECT clock_timestamp()), :done, CAST(:errors AS jsonb), :next_run_at, :overdue_at)
ON CONFLICT (job) DO UPDATE
   SET started_at = excluded.started_at, ended_at = excluded.ended_at, done = excluded.done,
       errors = excluded.errors, next_run_at = excluded.next_run_at, overdue_at = excluded.overdue_at
""")
# The SELECT checks the condition before the upsert, so that most ticks neither write nor lock the row.
NOTE_TICK = text("""
INSERT INTO job_runs (job, started_at, ended_at, done, errors, next_run_at, overdue_at)
SELECT 'tick', now, now, :done, '[]', now + :every, now + :patience
  FROM (SELECT clock_timestamp()) AS clock(now)
 WHERE :done > 0 OR NOT EXISTS (SELECT FROM job_runs r
                                 WHERE r.job = 'tick' AND r.started_at > now - CAST(:pause AS interval)
                                   AND r.started_at <= now)
ON CONFLICT (job) DO UPDATE
   SET started_at = excluded.started_at, ended_at = excluded.ended_at, done = excluded.done,
       errors = excluded.errors, next_run_at = excluded.next_run_at, overdue_at = excluded.overdue_at
RETURNING 1
""")
NOTE_EVERY = timedelta(seconds=5)
ALL = text("""
SELECT job, started_at, ended_at, done, errors, next_run_at, overdue_at,
       coalesce(overdue_at <= (SELECT clock_timestamp()), false) AS overdue
  FROM job_runs ORDER BY job
""")
MOST_ERRORS_KEPT = 50


def expect(session: Session, every: Mapping[str, timedelta]) -> None:
    """Registers the jobs with their intervals, so that a job that never runs is overdue after two intervals."""
    jobs = [{"job": job, "every": interval.total_seconds()} for job, interval in every.items()]
    session.execute(EXPECT, {"jobs": json.dumps(jobs)})


def note_tick(session: Session, *, done: int, every: timedelta, patience: timedelta) -> bool:
    """Records a tick that has just run, unless it did nothing and another tick was recorded recently.

    The next tick is due after `every` and overdue after `patience`. Returns whether the tick was recorded.
    """
    values = {"done": done, "every": every, "patience": patience, "pause": NOTE_EVERY}
    return session.execute(NOTE_TICK, values).one_or_none() is not None


def begin(session: Session, job: str) -> datetime:
    """Records that a run starts now, and returns the time."""
    return session.execute(BEGIN, {"job": job}).scalar_one()  # type: ignore[no-any-return]


def record(
    session: Session,
    job: str,
    *,
    started_at: datetime,
    done: int,
    errors: Sequence[Mapping[str, object]],
    next_run_at: datetime,
    overdue_at: datetime,
) -> None:
    """Records that a run ends now. The job is overdue if it does not run again by `overdue_at`."""
    values = {"job": job, "started_at": started_at, "next_run_at": next_run_at, "overdue_at": overdue_at}
    session.execute(RECORD, values | {"done": done, "errors": json.dumps(list(errors[:MOST_ERRORS_KEPT]))})


def last_runs(session: Session) -> list[LastRun]:
    """Returns the jobs that have run or are registered, sorted by name."""
    return [LastRun(*row) for row in session.execute(ALL)]


def overdue(session: Session) -> list[str]:
    """Returns the jobs that have missed two runs."""
    return [run.job for run in last_runs(session) if run.overdue]


ZONES = text("""
SELECT zone.timezone, job_days.done_for
  FROM (SELECT DISTINCT timezone FROM shops UNION SELECT 'UTC') zone
  LEFT JOIN job_days ON job_days.job = :job AND job_days.timezone = zone.timezone
""")
DONE = text("""
INSERT INTO job_days (job, timezone, done_for) VALUES (:job, :timezone, :done_for)
ON CONFLICT (job, timezone) DO UPDATE SET done_for = greatest(job_days.done_for, excluded.done_for)
""")


def zones(session: Session, job: str) -> dict[str, date | None]:
    """Returns the last local day for which the job is done, by time zone: UTC and the shops' zones as typed."""
    return {row.timezone: row.done_for for row in session.execute(ZONES, {"job": job})}


def mark_done(session: Session, job: str, timezone: str, day: date) -> None:
    """Records that the job is done in this zone up to this local day."""
    session.execute(DONE, {"job": job, "timezone": timezone, "done_for": day})


PROLONG = text("""
UPDATE ONLY pending_tasks SET lease_until = (SELECT clock_timestamp()) + interval '1 minute',
                         next_ring_at = (SELECT clock_timestamp()) + interval '1 minute'
 WHERE id = :id AND settled_at IS NULL
""")


def prolong_lease(session: Session, task_id: UUID) -> None:
    """Extends the lease of a long run's outbox row to a minute from now."""
    session.execute(PROLONG, {"id": task_id})
