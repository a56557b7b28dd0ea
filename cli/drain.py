"""`slots drain`: runs all due work without Redis or workers."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.target_system import with_data, worker_dependencies

if TYPE_CHECKING:
    from worker.drain_all import DrainResult

EXAMPLES = """\
slots drain          while Redis is down: one sweep, then every task that is due
slots drain --json   the same; print the counts as JSON
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Run everything that is due, without Redis.")
@as_json_option
@with_data
def drain(as_json: bool) -> None:
    """Run a full sweep, then every due task and every due webhook delivery, without Redis.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). You can run this while workers are running,
    because each task is claimed in Postgres first.

    Exit codes: 0 done, 1 the sweep failed completely or in part (the message gives the reason) or could not run.
    """
    import importlib

    from outbox.job_answers import has_errors
    from worker.app import TASK_MODULES
    from worker.drain_all import drain as drain_all

    for module in TASK_MODULES:
        importlib.import_module(module)
    worker_dependencies("drain", log_level="WARNING")
    drained = drain_all()
    if as_json:
        print_json({"ran": drained.ran, "swept": drained.swept.model_dump()})
    for line in () if as_json else _lines(drained):
        click.echo(line)
    if has_errors(drained.swept):
        sys.exit(1)


def _lines(drained: "DrainResult") -> Iterator[str]:
    from domain.plurals import counted
    from outbox.job_answers import Skipped

    swept = drained.swept
    if isinstance(swept, Skipped):
        yield "Another sweep is running; this one was skipped."
    else:
        yield f"{counted(swept.expired, 'offer')} expired." if swept.expired else "No offer expired."
        for failed in swept.errors:
            yield f"{failed.id} failed: {failed.error}. See the log; the next sweep tries again."
    if not drained.ran:
        yield "No task was due."
        return
    yield f"Ran {counted(drained.ran.total(), 'task')}:"
    for name, times in sorted(drained.ran.items()):
        yield f"{times:6d}  {name}"
