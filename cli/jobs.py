"""`slots jobs`: the regular jobs, and how the last run of each went."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, local, print_json, print_table
from cli.surroundings import database, with_data

if TYPE_CHECKING:
    from db.job_runs import LastRun

EXAMPLES = """\
slots jobs          every regular job: its last run and its next
slots jobs --json   the same for scripts, with what each does and when
"""
HEADINGS = ("job", "last run", "took", "done", "errors", "next run", "")


@click.command(cls=Command, examples=EXAMPLES)
@as_json_option
@with_data
def jobs(as_json: bool) -> None:
    """List the regular jobs with their last runs. Times are UTC.

    Exit codes: 0 listed, 1 could not be read (the message says why).
    """
    from cli.reference.tasks import pace_of
    from db import job_runs
    from worker.job import BODIES
    from worker.regular import JOBS
    from worker.tasks import clock, jobs  # noqa: F401 - so that their tasks are known

    with database() as session:
        runs = {run.job: run for run in job_runs.last_runs(session)}
    regular = [name for name, job in JOBS.items() if len(job.parts) == 1]
    names = [*regular, "expire_offers", "tick"]
    if as_json:
        ran = {name: run for name, run in runs.items() if run.started_at}
        when = pace_of() | {chore.name: chore.pace.words for job in JOBS.values() for chore in job.parts}
        print_json(
            [
                {"job": name, "what": BODIES[name].__doc__, "when": when[name], "last_run": ran.get(name)}
                for name in names
            ]
        )
        return
    print_table(HEADINGS, [_row(name, runs.get(name)) for name in names])


def _row(name: str, run: "LastRun | None") -> tuple[str, ...]:
    from datetime import UTC

    if run is None or run.started_at is None:
        return (name, "never", "", "", "", "", "overdue" if run and run.overdue else "")
    took = f"{(run.ended_at - run.started_at) / timedelta(seconds=1):.1f} s" if run.ended_at else "running"
    following = local(run.next_run_at, UTC) if run.next_run_at else ""
    state = "overdue" if run.overdue else ""
    return (name, local(run.started_at, UTC), took, str(run.done), str(len(run.errors)), following, state)
