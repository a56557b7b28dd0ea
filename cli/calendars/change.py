"""`slots calendars pause`, `resume`, `disconnect` and `rotate-key`."""

import click

from cli.calendars import EXAMPLES
from cli.calendars.calls import calendar_with, dependencies
from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.target_system import CannotError, with_data

BY = "operator"


def _answer(stored_id: object, status: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": str(stored_id), "status": status})
    else:
        click.echo(f"{stored_id}  {status}")


def _set(calendar: str, status: str, *, as_json: bool) -> None:
    from db import calendars

    made = dependencies()
    stored = calendar_with(made, calendar)
    with made.transactions() as session:
        calendars.set_status(session, stored, status, by=BY)
    _answer(stored.id, status, as_json=as_json)


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def pause(calendar: str, as_json: bool) -> None:
    """Neither read nor write a calendar until it is resumed.

    Exit codes: 0 paused, 1 there is no such calendar.
    """
    _set(calendar, "paused", as_json=as_json)


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def resume(calendar: str, as_json: bool) -> None:
    """Read and write a paused or broken calendar again.

    Exit codes: 0 resumed, 1 there is no such calendar.
    """
    _set(calendar, "active", as_json=as_json)


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def disconnect(calendar: str, as_json: bool) -> None:
    """End the webhooks of a calendar and delete its credentials. Its appointments stay.

    Exit codes: 0 disconnected, 1 there is no such calendar.
    """
    from worker.calendars import connect as connecting

    made = dependencies()
    stored = calendar_with(made, calendar)
    connecting.disconnect(made, stored, by=BY)
    _answer(stored.id, "disconnected", as_json=as_json)


@click.command("rotate-key", cls=Command, examples=EXAMPLES)
@as_json_option
@with_data
def rotate_key(as_json: bool) -> None:
    """Encrypt the credentials of all calendars with the first key of CALENDAR_KEYS.

    Set CALENDAR_KEYS to "new,old" everywhere, run this, then remove the old key.

    Exit codes: 0 all are encrypted with the first key, 1 one can't be decrypted with any key.
    """
    from db import calendars
    from providers.calendars.credentials import UnreadableCredentialsError

    made, count = dependencies(), 0
    with made.transactions() as session:
        for calendar_id, encrypted in calendars.encrypted(session):
            try:
                rotated = made.calendars.box.rotate(encrypted)
            except UnreadableCredentialsError as error:
                raise CannotError(f"{calendar_id}: {error} Nothing was changed.") from None
            count += calendars.store_credentials(session, calendar_id, rotated, was=encrypted)
    if as_json:
        print_json({"rotated": count})
    else:
        click.echo(f"{count} calendars encrypted with the first key.")
