"""The `slots` command: a table of what it can do, each in a module of its own."""

import click

from cli.help import LazyGroup

# To add a command: its module, and a line here.
COMMANDS = {
    "customers": "cli.import_customers:customers",
    "demo": "cli.local.demo:demo",
    "doctor": "cli.doctor.command:doctor",
    "drain": "cli.drain:drain",
    "events": "cli.recorded_webhooks:events",
    "export": "cli.export_data:export",
    "jobs": "cli.show_jobs:jobs",
    "list": "cli.list:recoveries",
    "logs": "cli.read_logs:logs",
    "metrics": "cli.show_metrics:metrics",
    "migrate": "cli.migrate_database:migrate",
    "pending": "cli.pending:pending",
    "run": "cli.run:run",
    "shop": "cli.shop:shop",
    "show": "cli.show:show",
    "up": "cli.local.up:up",
}
EXAMPLES = """\
slots up --data .data   the whole system with a demo shop, until Ctrl-C
slots doctor            what is wrong, and what to do about it
slots list              the newest recoveries; slots show <any id> tells one of them
slots up --help         more about one command
"""


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES, context_settings={"max_content_width": 100})
def main() -> None:
    """Sells cancelled appointments again.

    Commands take their settings from the environment, or with --data from the folder of a running `slots up`.
    Data goes to stdout, messages to stderr; NO_COLOR is respected. Exit codes: 0 done, 1 it did not work (the message
    says why), 2 the command was not understood, 3 partly (`show` and `customers import` say when).
    """
