"""The `slots` command, and the table that maps its subcommands to modules."""

import click

from cli.help import LazyGroup

# To add a command, add a module and a row here.
COMMANDS = {
    "calendars": "cli.calendars:calendars",
    "customers": "cli.import_customers:customers",
    "demo": "cli.local.demo:demo",
    "doctor": "cli.doctor.command:doctor",
    "drain": "cli.drain:drain",
    "events": "cli.follow_events:events",
    "export": "cli.export_data:export",
    "jobs": "cli.show_jobs:jobs",
    "keys": "cli.api_keys:keys",
    "list": "cli.list:recoveries",
    "logs": "cli.read_logs:logs",
    "metrics": "cli.show_metrics:metrics",
    "migrate": "cli.migrate_database:migrate",
    "next": "cli.ask_next:ask_next",
    "pending": "cli.pending:pending",
    "received": "cli.recorded_webhooks:received",
    "restored": "cli.restored:restored",
    "run": "cli.run:run",
    "shop": "cli.shop:shop",
    "show": "cli.show:show",
    "simulate": "cli.simulate:simulate",
    "up": "cli.local.up:up",
    "waitlist": "cli.waitlist:waitlist",
    "webhooks": "cli.webhook_endpoints:webhooks",
}
EXAMPLES = """\
slots up --data .data   run the whole system with a demo shop, until Ctrl-C
slots doctor            check settings, servers and keys; show a fix for each problem
slots list              list the newest recoveries
slots show <any id>     show the timeline of one recovery
slots up --help         show the help of one command
"""


CONTEXT = {"max_content_width": 100, "help_option_names": ["-h", "--help"]}


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES, context_settings=CONTEXT)
@click.version_option(package_name="slot-recovery", message="%(prog)s %(version)s")
def main() -> None:
    """Resell cancelled appointments.

    Commands read their settings from the environment or, with --data, from the folder of a running `slots up`. Data
    goes to stdout and messages go to stderr. NO_COLOR is respected.

    Exit codes: 0 success, 1 failure (the message gives the reason), 2 invalid usage, 3 partial success (see `show`
    and `customers import`).
    """
