"""`slots calendars`: connects booking systems and manages the connections."""

import click

from cli.help import LazyGroup

COMMANDS = {
    "connect": "cli.calendars.connect:connect",
    "list": "cli.calendars.show:list_calendars",
    "check": "cli.calendars.show:check",
    "sync": "cli.calendars.show:sync",
    "pause": "cli.calendars.change:pause",
    "resume": "cli.calendars.change:resume",
    "disconnect": "cli.calendars.change:disconnect",
    "rotate-key": "cli.calendars.change:rotate_key",
}
EXAMPLES = """\
slots calendars connect --shop "Salon Lou" --kind calcom --api-key -            read the key from standard input
slots calendars connect --shop "Salon Lou" --kind ics --url https://example.com/rota.ics
slots calendars list                                                            list all calendars
slots calendars sync <id>                                                       read a calendar now
slots calendars rotate-key                                                      encrypt all credentials again
"""


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def calendars() -> None:
    """Connect and manage booking systems."""
