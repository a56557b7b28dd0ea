"""`slots calendars connect`: stores a calendar, has its webhooks sent, and reads it once."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.calendars import EXAMPLES
from cli.calendars.calls import dependencies, explained
from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.target_system import CannotError, with_data

if TYPE_CHECKING:
    from providers.calendars.entered import Entered
    from providers.calendars.registry import Provider
    from worker.dependencies import Dependencies

KINDS = ("calcom", "square", "acuity", "google", "ics")
Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])

FROM_INPUT = "-"


def secret_option(name: str, help: str) -> Callable[[Wrapped], Wrapped]:
    """An option whose value may come from the environment, or from standard input as `-`."""
    return click.option(name, envvar=f"CALENDAR_{name[2:].upper().replace('-', '_')}", help=f"{help} Or `-`.")


@click.command(cls=Command, examples=EXAMPLES)
@click.option("--shop", "shop_words", required=True, metavar="SHOP", help="Id, name or sending number of the shop.")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="The booking system.")
@click.option("--name", default="", help="A name for the calendar. Default: the name of the booking system.")
@secret_option("--api-key", "API key of Cal.com or Acuity; `sandbox` connects to the sandbox.")
@secret_option("--token", "Access token of Square, or refresh token of Google.")
@secret_option("--webhook-secret", "Secret that signs webhooks, if the booking system gave you one.")
@click.option("--user-id", envvar="CALENDAR_USER_ID", help="User id of Acuity.")
@click.option("--url", help="Address of an ICS feed.")
@click.option("--calendar", "calendar_id", help="Id of the calendar or location to read. Default: the main one.")
@click.option("--service", "service_id", help="Id of the service to book where a booking names none.")
@click.option(
    "--consent",
    help="The source of consent to texts, if the customers of this calendar gave it. Without it, nobody is asked.",
)
@as_json_option
@with_data
def connect(shop_words: str, kind: str, name: str, as_json: bool, **given: str | None) -> None:
    """Connect a booking system to a shop. Prints the id of the calendar and the address for its webhooks.

    Secrets are better given by environment (CALENDAR_API_KEY, CALENDAR_TOKEN, CALENDAR_WEBHOOK_SECRET) or on standard
    input (`-`) than as arguments, which other users of the machine can read.

    Exit codes: 0 connected, 1 not connected (the message gives the reason), 2 invalid usage.
    """
    from cli.find_shop import shop_named
    from cli.progress import say
    from providers.calendars.registry import PROVIDERS
    from worker.calendars import connect as connecting

    provider = PROVIDERS[kind]
    values = {option: _read(value) for option, value in given.items()}
    settings = {key: values[key] for key in ("service_id", "consent", "calendar_id") if values.get(key)}
    found = _entered(provider, values)
    settings |= found.settings
    made = dependencies()
    with made.transactions() as session:
        shop = shop_named(session, shop_words)
    new = connecting.NewCalendar(
        shop_id=shop.id,
        kind=kind,
        name=name or provider.label,
        credentials=found.credentials,
        settings=settings,
        timezone=shop.timezone,
    )
    with explained(made):
        connected = connecting.connect(made, new)
    read = _read_all(made, connected)
    answer = {
        "id": str(connected.id),
        "kind": kind,
        "name": new.name,
        "account": connected.account,
        "webhook_url": connected.webhook_url,
        "webhook_registered": connected.subscribed,
        **read,
    }
    if as_json:
        print_json(answer)
        return
    click.echo(f"{connected.id}\n{connected.webhook_url}")
    say(f"Connected to {connected.account}; {read['read']} bookings read.")
    if not connected.subscribed and provider.signature:
        say(f"Enter the address above as webhook in {provider.label}.")


def _read_all(made: "Dependencies", connected: Any) -> dict[str, Any]:
    from worker.calendars import connect as connecting

    with explained(made, connected.id):
        report = connecting.read_all(made, connected.id)
    return {"read": report.read, "changes": dict(report.changes)}


def _read(value: str | None) -> str | None:
    return sys.stdin.readline().strip() if value == FROM_INPUT else value


def _entered(provider: "Provider", values: dict[str, str | None]) -> "Entered":
    """Raises CannotError where there is no sandbox, and click.UsageError if an option is missing."""
    from providers.calendars.entered import SANDBOX, NotEnteredError, entered

    production = os.environ.get("ENVIRONMENT", "development").strip().lower() == "production"
    sandbox_url = os.environ.get("SANDBOX_URL", "")
    try:
        return entered(provider, values, sandbox_url=sandbox_url, production=production)
    except NotEnteredError as error:
        if any(values.get(option) == SANDBOX for option in error.problems):
            raise CannotError(f"{error} For `slots up`, give its folder: --data .data") from None
        options = ", ".join(f"--{option.replace('_', '-')}" for option in error.problems)
        raise click.UsageError(f"{provider.label} needs {options}.") from None
