"""`slots drain`: does everything that is due straight on Postgres, with no Redis and no worker."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option
from cli.target_system import with_data

if TYPE_CHECKING:
    from worker.drain_all import DrainResult

EXAMPLES = """\
slots drain          while Redis is down: sweeps once, then works off every task that is due
slots drain --json   the same, with the counts as JSON
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Do all that is due, without Redis.")
@as_json_option
@with_data
def drain(as_json: bool) -> None:
    """Run every sweep once and work off all that is due, without Redis.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). Harmless beside running workers: each task is
    claimed in Postgres before it is worked on.

    Exit codes: 0 done, 1 could not work, or something could not be swept (the message says why).
    """
    import importlib

    from cli.printing import print_json
    from telemetry import logs
    from worker.app import TASK_MODULES
    from worker.drain_all import drain as work_off

    logs.configure(process="drain", level="WARNING")
    for module in TASK_MODULES:
        importlib.import_module(module)
    drained = work_off()
    if as_json:
        print_json({"ran": drained.ran, "swept": drained.swept})
    for sentence in () if as_json else _told(drained):
        click.echo(sentence)
    if drained.swept.get("errors"):
        sys.exit(1)


def _told(drained: "DrainResult") -> Iterator[str]:
    from domain.plurals import counted

    swept = drained.swept
    if swept.get("skipped"):
        yield "Another sweep is under way; none was made here."
    elif swept["expired"]:
        yield f"{counted(swept['expired'], 'offer')} had run out."
    else:
        yield "No offer had run out."
    for error in swept.get("errors", ()):
        yield f"{error['id']} could not be swept: {error['error']}. The log says more; the next sweep tries again."
    if not drained.ran:
        yield "No task was due."
        return
    yield f"{counted(drained.ran.total(), 'task')} {'was' if drained.ran.total() == 1 else 'were'} worked off:"
    for name, times in sorted(drained.ran.items()):
        yield f"{times:6d}  {name}"
