"""`slots drain`: does everything that is due straight on Postgres, with no Redis and no worker."""

import click

from cli.help import Command
from cli.surroundings import with_data

EXAMPLES = """\
slots drain          while Redis is down: sweeps once, then works off every task that is due
slots drain --json   the same, with the counts as JSON
"""


@click.command(cls=Command, examples=EXAMPLES)
@with_data
@click.option("--json", "as_json", is_flag=True, help="The counts as JSON.")
def drain(as_json: bool) -> None:
    """Run every sweep once and work off all that is due, without Redis.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). Harmless beside running workers: each task is
    claimed in Postgres before it is worked on.

    Exit codes: 0 done, 1 could not work (the message says why).
    """
    import importlib
    import json

    from cli.talk import say
    from telemetry import logs
    from worker.app import TASK_MODULES
    from worker.draining import drain as work_off

    logs.configure(process="drain", level="WARNING")
    for module in TASK_MODULES:
        importlib.import_module(module)
    drained = work_off()
    if as_json:
        click.echo(json.dumps({"ran": dict(drained.ran), "swept": drained.swept}))
        return
    say(f"swept: {drained.swept}")
    for name, times in sorted(drained.ran.items()):
        click.echo(f"{times:6d}  {name}")
