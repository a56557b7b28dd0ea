"""`slots run`: runs a regular job here and now, or says what it would do."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, print_each_as_json, print_json
from cli.target_system import CannotError, with_data

if TYPE_CHECKING:
    from worker.dependencies import Dependencies
    from worker.periodic.periodic_jobs import PeriodicJob

EXAMPLES = """\
slots run run_all_cleanup_jobs                  what the clock runs every night, for every shop, now
slots run send_booking_reminders --dry-run      who would be reminded
slots run resolve_outcomes                      settle and void what is over
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Run a regular job, now.")
@click.argument("job")
@click.option("--dry-run", is_flag=True, help="Change nothing; list what would be done.")
@as_json_option
@with_data
def run(job: str, dry_run: bool, as_json: bool) -> None:
    """Run a regular job for every shop, now; `slots jobs` lists them.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). What it writes to customers is sent by the
    workers; without any, by `slots drain`.

    Exit codes: 0 all done, 1 something failed (the answer says what) or it could not run, 2 there is no such job.
    """
    from telemetry import logs

    periodic_job = _job_named(job)
    logs.configure(process="run", level="ERROR")
    dependencies = _tools()
    if dry_run:
        _list(dependencies, periodic_job, as_json=as_json)
        return
    from worker.task_run import TaskRun

    answer = periodic_job.run(TaskRun(None, dependencies))
    print_json(answer)
    if answer.get("errors") or not answer.get("success", True):
        sys.exit(1)


def _job_named(name: str) -> "PeriodicJob":
    from worker.periodic.periodic_jobs import JOBS

    if name not in JOBS:
        raise click.BadParameter("\n  ".join((f"there is no job “{name}”. There are:", *JOBS)), param_hint="JOB")
    return JOBS[name]


def _tools() -> "Dependencies":
    from settings.loading import SettingsError
    from worker.dependencies import dependencies

    try:
        return dependencies()
    except SettingsError as wrong:
        raise CannotError(f"{wrong}\nWith a system of `slots up`, name its folder: --data .data") from None


def _list(dependencies: "Dependencies", job: "PeriodicJob", *, as_json: bool) -> None:
    """A line each, as they are found: there may be more than fit into memory."""
    from cli.progress import say

    lines = (
        {"job": part.name, "id": str(item.id), "would": would} for part, item, would in job.preview(dependencies)
    )
    found = (print_each_as_json if as_json else _print_lines)(lines)
    say(f"{found or 'nothing'} to do; nothing was changed.")


def _print_lines(lines: Iterator[dict[str, str]]) -> int:
    found = 0
    for line in lines:
        click.echo("  ".join(line.values()))
        found += 1
    return found
