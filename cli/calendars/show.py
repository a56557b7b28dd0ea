"""`slots calendars list`, `check` and `sync`."""

from typing import Any

import click

from cli.calendars import EXAMPLES
from cli.calendars.calls import calendar_named, explained
from cli.help import Command
from cli.printing import as_json_option, print_json, print_table
from cli.target_system import CannotError, database, with_data

HEADINGS = ("calendar", "kind", "name", "status", "last read", "problem")


@click.command("list", cls=Command, examples=EXAMPLES)
@click.option("--shop", "shop_words", metavar="SHOP", help="Only calendars of this shop.")
@as_json_option
@with_data
def list_calendars(shop_words: str | None, as_json: bool) -> None:
    """List the connected calendars, without their credentials.

    Exit codes: 0 listed, 1 the database fails or there is no such shop.
    """
    from cli.find_shop import shop_named
    from db.calendars import calendars

    with database() as session:
        shop = shop_named(session, shop_words) if shop_words else None
        found = [_shown(one) for one in calendars.listed(session, shop_id=shop.id if shop else None)]
    if as_json:
        print_json(found)
        return
    print_table(HEADINGS, (tuple(str(one[name] or "") for name in _COLUMNS) for one in found))


_COLUMNS = ("id", "kind", "name", "status", "last_synced_at", "last_error")


def _shown(one: Any) -> dict[str, Any]:
    names = ("id", "shop_id", "kind", "name", "status", "last_synced_at", "synced_until", "last_error")
    return {name: getattr(one, name) for name in names}


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def check(calendar: str, as_json: bool) -> None:
    """Check whether the booking system accepts the credentials.

    Exit codes: 0 accepted, 1 rejected, or the booking system is unavailable.
    """
    from worker.calendars import connect as connecting

    made, stored = calendar_named(calendar)
    with explained(made, stored.id):
        account = connecting.check(made, stored.id).label
    if as_json:
        print_json({"id": str(stored.id), "account": account, "ok": True})
    else:
        click.echo(f"{stored.name}: {account}")


@click.command(cls=Command, examples=EXAMPLES)
@click.argument("calendar")
@as_json_option
@with_data
def sync(calendar: str, as_json: bool) -> None:
    """Read all changes in a calendar now.

    Exit codes: 0 read, 1 not read, because the calendar is paused or the booking system fails or rejects the
    credentials.
    """
    from worker.calendars import connect as connecting

    made, stored = calendar_named(calendar)
    if stored.status == "paused":
        raise CannotError(
            f"“{stored.name}” is paused: nothing is read. To resume it: slots calendars resume {stored.id}"
        )
    with explained(made, stored.id):
        report = connecting.read_all(made, stored.id)
    answer = {"id": str(stored.id), "read": report.read, "changes": dict(report.changes)}
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{report.read} bookings read; {_in_words(report.changes)}.")


def _in_words(changes: Any) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in changes.items()) or "nothing changed"
