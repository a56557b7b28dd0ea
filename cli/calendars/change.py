"""`slots calendars pause`, `resume`, `disconnect` and `rotate-key`."""

from typing import TYPE_CHECKING

import click

from cli.calendars import EXAMPLES
from cli.calendars.calls import calendar_named
from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.target_system import CannotError, with_data, worker_dependencies
from db.audit import OPERATOR

if TYPE_CHECKING:
    from uuid import UUID

    from worker.dependencies import Dependencies


def _answer(stored_id: object, status: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": str(stored_id), "status": status})
    else:
        click.echo(f"{stored_id}  {status}")


NOT_RESUMED = {
    "preview": "It has not been imported yet. Confirm the import under Settings, Calendars.",
    "disconnecting": "It is being disconnected. To connect it again: slots calendars connect",
}
"""For each stage in which a calendar can't be resumed, the reason and the next step."""


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def pause(calendar: str, as_json: bool) -> None:
    """Stop reading and writing a calendar until it is resumed.

    Exit codes: 0 paused, 1 there is no such calendar.
    """
    from db.calendars import calendar_pages

    made, stored = calendar_named(calendar)
    with made.transactions() as session:
        calendar_pages.pause(session, stored.shop_id, stored.id, by=OPERATOR)
    _answer(stored.id, "paused", as_json=as_json)


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def resume(calendar: str, as_json: bool) -> None:
    """Read and write a paused or broken calendar again. A worker reads the calendar immediately.

    Exit codes: 0 resumed, 1 there is no such calendar, or it has not been imported yet.
    """
    from db.calendars import calendar_pages

    made, stored = calendar_named(calendar)
    if stage := stored.settings.get("stage"):
        raise CannotError(f"“{stored.name}” can't be resumed. {NOT_RESUMED[stage]}")
    with made.transactions() as session:
        calendar_pages.resume(session, stored.shop_id, stored.id, by=OPERATOR)
    _answer(stored.id, "active", as_json=as_json)


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def disconnect(calendar: str, as_json: bool) -> None:
    """Disconnect a calendar. Its appointments are kept.

    Cancels its webhooks, releases its holds, and deletes its credentials.

    Exit codes: 0 disconnected, 1 there is no such calendar.
    """
    from db.calendars import calendar_pages
    from worker.calendars import connect as connecting

    made, stored = calendar_named(calendar)
    with made.transactions() as session:
        # If this process is interrupted, a worker completes the disconnection.
        calendar_pages.disconnect(session, stored.shop_id, stored.id, by=OPERATOR)
    connecting.disconnect(made, stored, by=OPERATOR)
    _answer(stored.id, "disconnected", as_json=as_json)


@click.command("rotate-key", cls=Command, examples=EXAMPLES)
@as_json_option
@with_data
def rotate_key(as_json: bool) -> None:
    """Encrypt all calendar credentials with the first key. Includes new credentials that have not been checked yet.

    Set CALENDAR_KEYS to "new,old" for all processes, run this command, and then remove the old key.

    Exit codes: 0 all credentials are encrypted with the first key, 1 some credentials can't be decrypted with any
    key.
    """
    from db.calendars import calendar_reconnects, calendars

    made, count = worker_dependencies("calendars"), 0
    with made.transactions() as session:
        for calendar_id, old in calendars.encrypted(session):
            count += calendars.store_credentials(session, calendar_id, _rotated(made, calendar_id, old), was=old)
        for calendar_id, shop_id, old in calendar_reconnects.every_proposed(session):
            rotated = _rotated(made, calendar_id, old)
            calendar_reconnects.encrypt_anew(session, shop_id, calendar_id, rotated, was=old)
    if as_json:
        print_json({"rotated": count})
    else:
        click.echo(f"{count} calendars encrypted with the first key.")


def _rotated(made: "Dependencies", calendar_id: "UUID", encrypted: str) -> str:
    from providers.calendars.credentials import UnreadableCredentialsError

    try:
        return made.calendars.box.rotate(encrypted)
    except UnreadableCredentialsError as error:
        raise CannotError(f"{calendar_id}: {error} Nothing was changed.") from None
