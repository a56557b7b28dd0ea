"""`slots jobs`: lists the periodic jobs and their last runs."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, local, print_json, print_table
from cli.target_system import database, with_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from db.tasks.job_runs import LastRun

EXAMPLES = """\
slots jobs          list the periodic jobs with their last and next run
slots jobs --json   the same as JSON, with descriptions and intervals
"""
HEADINGS = ("job", "last run", "took", "done", "errors", "next run", "")


@click.command(cls=Command, examples=EXAMPLES)
@as_json_option
@with_data
def jobs(as_json: bool) -> None:
    """List the periodic jobs with their last and next runs. Times are in UTC.

    Exit codes: 0 listed, 1 the database could not be read (the message gives the reason).
    """
    from db.tasks import job_runs

    with database() as session:
        runs = {run.job: run for run in job_runs.last_runs(session)}
        next_runs = {
            name: run.next_run_at if (run := runs.get(name)) and run.next_run_at else planned
            for name, planned in _planned(session)
        }
    if as_json:
        _print_as_json(runs, next_runs)
    else:
        print_table(HEADINGS, [_row(name, runs.get(name), at) for name, at in next_runs.items()])


def _planned(session: "Session") -> "Iterator[tuple[str, datetime]]":
    """Returns every job with the time of its next scheduled run."""
    from db import clock
    from db.tasks import job_runs
    from settings.loading import load
    from settings.worker import GeneralSettings
    from worker.periodic.periodic_jobs import JOBS
    from worker.sweep_tasks import SWEPT_EVERY

    now = clock.now(session)
    for name, job in JOBS.items():
        if len(job.parts) == 1:
            yield name, job.parts[0].schedule.next_run(now, zones=job_runs.zones(session, name))
    hour = now.replace(minute=0, second=0, microsecond=0)
    yield "expire_offers", hour + ((now - hour) // SWEPT_EVERY + 1) * SWEPT_EVERY
    yield "tick", now + timedelta(seconds=load(GeneralSettings).tick_seconds)


def _print_as_json(runs: "Mapping[str, LastRun]", next_runs: "Mapping[str, datetime]") -> None:
    from cli.beat_intervals import beat_intervals
    from worker import sweep_tasks  # noqa: F401 - registers its tasks
    from worker.periodic.periodic_jobs import JOBS
    from worker.task_run import BODIES

    ran = {name: run for name, run in runs.items() if run.started_at}
    intervals = beat_intervals() | {
        part.name: part.schedule.description for job in JOBS.values() for part in job.parts
    }
    print_json(
        [
            {
                "job": name,
                "what": BODIES[name].__doc__,
                "when": intervals[name],
                "next_run_at": at,
                "last_run": ran.get(name),
            }
            for name, at in next_runs.items()
        ]
    )


def _row(name: str, run: "LastRun | None", next_run: "datetime") -> tuple[str, ...]:
    from datetime import UTC

    state = "overdue" if run and run.overdue else ""
    if run is None or run.started_at is None:
        return (name, "never", "", "", "", local(next_run, UTC), state)
    took = f"{(run.ended_at - run.started_at) / timedelta(seconds=1):.1f} s" if run.ended_at else "running"
    done, failed = str(run.done), str(len(run.errors))
    return (name, local(run.started_at, UTC), took, done, failed, local(next_run, UTC), state)
