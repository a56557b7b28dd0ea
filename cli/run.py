"""`slots run`: runs a periodic job now, or lists the changes it would make."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, print_each_as_json, print_json
from cli.progress import say
from cli.target_system import with_data, worker_dependencies

if TYPE_CHECKING:
    from worker.dependencies import Dependencies
    from worker.periodic.periodic_jobs import PeriodicJob

EXAMPLES = """\
slots run run_all_cleanup_jobs                  run the nightly clean-up now, for every shop
slots run send_booking_reminders --dry-run      list the reminders that would be sent
slots run resolve_outcomes                      settle or void past appointments
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Run a periodic job now.")
@click.argument("job")
@click.option("--dry-run", is_flag=True, help="List the changes without making them.")
@as_json_option
@with_data
def run(job: str, dry_run: bool, as_json: bool) -> None:
    """Run a periodic job for every shop now. `slots jobs` lists the jobs.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). Workers send the messages that the job writes
    to customers. If no workers are running, `slots drain` sends these messages.

    Exit codes: 0 done, 1 an item failed (the output lists it) or the job could not run, 2 there is no such job.
    """
    periodic_job = _job_named(job)
    dependencies = worker_dependencies("run")
    if dry_run:
        _list(dependencies, periodic_job, as_json=as_json)
        return
    from outbox.job_answers import has_errors
    from worker.task_run import TaskRun

    answer = periodic_job.run(TaskRun(None, dependencies))
    print_json(answer.model_dump(mode="json", by_alias=True))
    if has_errors(answer):
        sys.exit(1)


def _job_named(name: str) -> "PeriodicJob":
    from worker.periodic.periodic_jobs import JOBS

    if name not in JOBS:
        raise click.BadParameter("\n  ".join((f"there is no job “{name}”. The jobs are:", *JOBS)), param_hint="JOB")
    return JOBS[name]


def _list(dependencies: "Dependencies", job: "PeriodicJob", *, as_json: bool) -> None:
    """Prints each line as it is produced, because all lines together may exceed the memory."""
    lines = (
        {"job": part.name, "id": str(item.id), "would": would} for part, item, would in job.preview(dependencies)
    )
    found = (print_each_as_json if as_json else _print_lines)(lines)
    say(f"{found or 'Nothing'} to do. Nothing was changed.")


def _print_lines(lines: Iterator[dict[str, str]]) -> int:
    found = 0
    for line in lines:
        click.echo("  ".join(line.values()))
        found += 1
    return found
