"""The runs of the periodic jobs: the last run of each job, and the last day done in each time zone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a job. Times are UTC.

    Without `started_at` it has never run; without `ended_at` it is running or was killed. `errors`: the items that
    failed, by id; the others were done.
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
""")
END = text("""
UPDATE job_runs
   SET ended_at = (SELECT clock_timestamp()), done = :done, errors = CAST(:errors AS jsonb),
       next_run_at = :next_run_at, overdue_at = :overdue_at
 WHERE job = :job
""")
ALL = text("""
SELECT job, started_at, ended_at, done, errors, next_run_at, overdue_at,
       coalesce(overdue_at <= (SELECT clock_timestamp()), false) AS overdue
  FROM job_runs ORDER BY job
""")
MOST_ERRORS_KEPT = 50


def expect(session: Session, every: Mapping[str, timedelta]) -> None:
    """Registers jobs with their intervals. A job that has never run is overdue after two intervals."""
    jobs = [{"job": job, "every": interval.total_seconds()} for job, interval in every.items()]
    session.execute(EXPECT, {"jobs": json.dumps(jobs)})


def begin(session: Session, job: str) -> None:
    """Records the start of a run."""
    session.execute(BEGIN, {"job": job})


def end(
    session: Session,
    job: str,
    *,
    done: int,
    errors: list[dict[str, str]],
    next_run_at: datetime | None,
    overdue_at: datetime | None,
) -> None:
    """Records the end of a run. `overdue_at`: when to alert if the job has not run again."""
    values = {"job": job, "done": done, "next_run_at": next_run_at, "overdue_at": overdue_at}
    session.execute(END, values | {"errors": json.dumps(errors[:MOST_ERRORS_KEPT])})


NOTE = text("""
INSERT INTO job_runs (job, started_at, ended_at, done, errors, next_run_at, overdue_at)
VALUES (:job, :began, (SELECT clock_timestamp()), :done, CAST(:errors AS jsonb), :next_run_at, :overdue_at)
ON CONFLICT (job) DO UPDATE
   SET started_at = excluded.started_at, ended_at = excluded.ended_at, done = excluded.done,
       errors = excluded.errors, next_run_at = excluded.next_run_at, overdue_at = excluded.overdue_at
""")


def note(
    session: Session,
    job: str,
    *,
    began: datetime,
    done: int,
    errors: list[dict[str, str]],
    next_run_at: datetime,
    overdue_at: datetime,
) -> None:
    """Records a short run, its start and end, at once."""
    values = {"job": job, "began": began, "done": done, "next_run_at": next_run_at, "overdue_at": overdue_at}
    session.execute(NOTE, values | {"errors": json.dumps(errors[:MOST_ERRORS_KEPT])})


def last_runs(session: Session) -> list[LastRun]:
    """The last run of every registered job, by name."""
    return [LastRun(*row) for row in session.execute(ALL)]


def overdue(session: Session) -> list[str]:
    """The jobs that have missed two runs."""
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
    """The last day for which the job is done, by time zone: every shop's zone as typed, and UTC for other rows."""
    return {row.timezone: row.done_for for row in session.execute(ZONES, {"job": job})}


def mark_done(session: Session, job: str, timezone: str, day: date) -> None:
    """Records that the job is done in this zone up to this local day."""
    session.execute(DONE, {"job": job, "timezone": timezone, "done_for": day})


PROLONG = text("""
UPDATE pending_tasks SET lease_until = (SELECT clock_timestamp()) + interval '1 minute',
                         next_ring_at = (SELECT clock_timestamp()) + interval '1 minute'
 WHERE id = :id AND settled_at IS NULL
""")


def prolong_lease(session: Session, task_id: UUID) -> None:
    """Extends the lease of a long run by a minute, so that no other worker claims its row."""
    session.execute(PROLONG, {"id": task_id})
