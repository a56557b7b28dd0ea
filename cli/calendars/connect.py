"""`slots calendars connect`: stores a calendar, subscribes to its webhooks, and reads it once."""

import os
from typing import TYPE_CHECKING, Any

import click

from cli.calendars import EXAMPLES
from cli.calendars.calls import explained
from cli.calendars.secret_options import from_input, secret_option
from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.progress import say
from cli.target_system import CannotError, with_data, worker_dependencies
from providers.calendars.registry import PROVIDERS, Provider

if TYPE_CHECKING:
    from providers.calendars.entered import Entered
    from worker.calendars.connect import Connected, NewCalendar
    from worker.dependencies import Dependencies

KEPT = ("service_id", "consent", "calendar_id")
"""The options that are stored in the calendar's settings."""


@click.command(cls=Command, examples=EXAMPLES)
@click.option("--shop", "shop_words", required=True, metavar="SHOP", help="The shop's id, name or sending number.")
@click.option("--kind", required=True, type=click.Choice([*PROVIDERS]), help="The booking system.")
@click.option("--name", default="", help="A name for the calendar. Default: the name of the booking system.")
@secret_option("--api-key", "API key of Cal.com or Acuity; `sandbox` connects to the sandbox.")
@secret_option("--token", "Access token of Square, or refresh token of Google.")
@secret_option("--webhook-secret", "Secret that signs webhooks, if the booking system gave you one.")
@secret_option("--user-id", "User id of Acuity.")
@secret_option("--url", "Address of an ICS feed.")
@click.option(
    "--calendar",
    "calendar_id",
    help="The calendar or location to read, by its id. Default: the main calendar or location.",
)
@click.option("--service", "service_id", help="The service to book if a booking specifies none, by its id.")
@click.option(
    "--consent",
    help="Where the customers of this calendar agreed to texts. Without this, they receive no offers.",
)
@as_json_option
@with_data
def connect(shop_words: str, kind: str, name: str, as_json: bool, **given: str | None) -> None:
    """Connect a booking system to a shop. Prints the id of the calendar and the address for its webhooks.

    Pass secrets in environment variables (CALENDAR_API_KEY, CALENDAR_TOKEN, CALENDAR_WEBHOOK_SECRET, CALENDAR_URL)
    or on standard input (`-`) rather than as arguments, which other users of the machine can read.

    Exit codes: 0 connected, 1 not connected (the message gives the reason), 2 invalid usage.
    """
    from worker.calendars import connect as connecting

    provider, values = PROVIDERS[kind], from_input(given)
    found = _entered(provider, values)
    made = worker_dependencies("calendars")
    new = _new(made, shop_words, kind, name or provider.label, found, values)
    with explained(made):
        connected = connecting.connect(made, new)
    report = {"name": new.name, "kind": kind, **_described(connected), **_read_all(made, connected)}
    if as_json:
        print_json(report)
    else:
        _show(connected, provider, read=report["read"])


def _new(
    made: "Dependencies", shop_words: str, kind: str, name: str, found: "Entered", values: dict[str, str | None]
) -> "NewCalendar":
    from cli.find_shop import shop_named
    from worker.calendars.connect import NewCalendar

    with made.transactions() as session:
        shop = shop_named(session, shop_words)
    return NewCalendar(
        shop_id=shop.id,
        kind=kind,
        name=name,
        credentials=found.credentials,
        settings={key: values[key] for key in KEPT if values.get(key)} | found.settings,
        timezone=shop.timezone,
    )


def _described(connected: "Connected") -> dict[str, Any]:
    return {
        "id": str(connected.id),
        "account": connected.account,
        "webhook_url": connected.webhook_url,
        "webhook_registered": connected.subscribed,
    }


def _read_all(made: "Dependencies", connected: "Connected") -> dict[str, Any]:
    """Reads the calendar. If the calendar can't be read, raises CannotError; a worker tries again later."""
    from worker.calendars import connect as connecting

    try:
        with explained(made, connected.id):
            report = connecting.read_all(made, connected.id)
    except CannotError as error:
        again = f"It is connected as {connected.id}. To read it now: slots calendars sync {connected.id}"
        raise CannotError(f"{error.format_message()}\n{again}") from None
    return {"read": report.read, "changes": dict(report.changes)}


def _show(connected: "Connected", provider: "Provider", *, read: int) -> None:
    click.echo(f"{connected.id}\n{connected.webhook_url}")
    say(f"Connected to {connected.account}; {read} bookings read.")
    if connected.by_hand and not connected.subscribed and provider.signature:
        say(f"Enter the address above as webhook in {provider.label}.")


def _entered(provider: "Provider", values: dict[str, str | None]) -> "Entered":
    """Checks the options. Raises click.UsageError for a missing option, and CannotError if there is no sandbox."""
    from providers.calendars.entered import SANDBOX, NotEnteredError, entered

    production = os.environ.get("ENVIRONMENT", "development").strip().lower() == "production"
    sandbox_url = os.environ.get("SANDBOX_URL", "")
    try:
        return entered(provider, values, sandbox_url=sandbox_url, production=production)
    except NotEnteredError as error:
        if any(values.get(option) == SANDBOX for option in error.problems):
            raise CannotError(f"{error} For a system started with `slots up`, add: --data .data") from None
        options = ", ".join(f"--{option.replace('_', '-')}" for option in error.problems)
        raise click.UsageError(f"{provider.label} needs {options}.") from None
