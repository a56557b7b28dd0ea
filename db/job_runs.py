"""How the regular jobs went: a row per job, and the nights that are done in each time zone."""

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
    """Times UTC. No `started_at`: it has never run. No `ended_at` either: it is running, or was killed.

    `errors`: what failed, by id; the rest was done.
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
    """Notes which jobs run how often. One that has never run is overdue after two intervals like any other."""
    told = [{"job": job, "every": interval.total_seconds()} for job, interval in every.items()]
    session.execute(EXPECT, {"jobs": json.dumps(told)})


def begin(session: Session, job: str) -> None:
    """A run of this job starts."""
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
    """It has ended. `overdue_at`: when somebody should know that it hasn't run again."""
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
    """A short run from beginning to end."""
    values = {"job": job, "began": began, "done": done, "next_run_at": next_run_at, "overdue_at": overdue_at}
    session.execute(NOTE, values | {"errors": json.dumps(errors[:MOST_ERRORS_KEPT])})


def last_runs(session: Session) -> list[LastRun]:
    """Every job that has run or should have, by name."""
    return [LastRun(*row) for row in session.execute(ALL)]


def overdue(session: Session) -> list[str]:
    """The jobs that have missed two runs: an alarm."""
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
    """Every zone that a shop has, as typed, and UTC for what belongs to no shop; up to which day the job is done."""
    return {row.timezone: row.done_for for row in session.execute(ZONES, {"job": job})}


def mark_done(session: Session, job: str, timezone: str, day: date) -> None:
    """The job is done in this zone up to this local day."""
    session.execute(DONE, {"job": job, "timezone": timezone, "done_for": day})


PROLONG = text("""
UPDATE pending_tasks SET lease_until = (SELECT clock_timestamp()) + interval '1 minute',
                         next_ring_at = (SELECT clock_timestamp()) + interval '1 minute'
 WHERE id = :id AND settled_at IS NULL
""")


def prolong_lease(session: Session, task_id: UUID) -> None:
    """A long run goes on: nobody else need take its row up yet."""
    session.execute(PROLONG, {"id": task_id})
