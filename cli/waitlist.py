"""`slots waitlist`: lists, adds, removes and imports entries of a shop's waiting list."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from cli.help import Command, LazyGroup
from cli.list_import import ListImport, import_options, run
from cli.printing import as_json_option, full_phones_option, phone_shown, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR
from domain.wishes import WEEKDAYS, WISH_FIELDS, WishKind, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.waitlist.imported_waitlist import WaitlistReport
    from domain.customer_list.read_list import ListFile
    from domain.customer_list.waitlist_rows import WaitlistRow

COMMANDS = {
    "add": "cli.waitlist:add",
    "import": "cli.waitlist:import_entries",
    "list": "cli.waitlist:list_entries",
    "remove": "cli.waitlist:remove",
}
EXAMPLES = """\
slots waitlist list --shop "Salon Lou"
slots waitlist add --shop "Salon Lou" +447700900012 --service Cut --days "Thu Fri" --time-from 17:00
slots waitlist import waiting.csv --shop "Salon Lou" --consent-source "March form" --dry-run
slots waitlist remove 758e4c61-cb65-4256-8b55-2f03170bcc6b
"""
HEADINGS = ("place", "entry", "customer", "phone", "wants", "since", "priority")
SHOP = click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop.")
SHOWN: dict[WishKind, Callable[[Any], str]] = {
    WishKind.TIME: lambda at: f"{at:%H:%M}",
    WishKind.DATE: str,
    WishKind.HOURS: lambda minutes: f"{minutes / 60:g} hours",
}


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def waitlist() -> None:
    """List, add, remove and import entries of a waiting list."""


@click.command("list", cls=Command, examples='slots waitlist list --shop "Salon Lou" --json')
@SHOP
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Maximum number of rows."
)
@as_json_option
@full_phones_option
@with_data
def list_entries(shop: str, limit: int, as_json: bool, full_phones: bool) -> None:
    """List the active entries by priority, then by waiting time.

    Exit codes: 0 listed (possibly none), 1 the shop is unknown.
    """
    from cli.find_shop import shop_named
    from views import waitlist_entries

    with database() as session:
        named = shop_named(session, shop)
        found = [dict(row) for row in waitlist_entries.waiting(session, named.id, limit=limit)]
    if as_json:
        print_json(found, full_phones=full_phones)
    elif not found:
        say(f"The waiting list is empty. To add a customer: slots waitlist add --shop {named.id} +44...")
    else:
        rows = []
        for place, one in enumerate(found, 1):
            phone = phone_shown(one["phone"], full_phones=full_phones)
            since, priority = f"{one['created_at']:%Y-%m-%d}", str(one["priority"])
            rows.append(
                (str(place), str(one["id"]), one["customer"] or "No name", phone, _words(one), since, priority)
            )
        print_table(HEADINGS, rows)


def _words(one: "Mapping[str, Any]") -> str:
    """Returns an entry's wishes, with times in the shop's time zone."""
    days = " ".join(WEEKDAYS[day - 1][:3] for day in one["weekdays"] or ())
    parts = (
        one["service"] or "any service",
        one["performer"] and f"with {one['performer']}",
        days,
        *(words.format(**value) for words, value in in_words(one, SHOWN)),
    )
    return ", ".join(filter(None, parts))


def wish_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds an option for each of WISH_FIELDS."""
    for field in reversed(WISH_FIELDS):
        name, hint = f"--{field.name.replace('_', '-')}", f"{field.hint[0].upper()}{field.hint[1:]}."
        command = click.option(name, default="", metavar=field.kind.value.upper(), help=hint)(command)
    return command


def _option_of(field: str) -> str:
    return "--days" if field == "weekdays" else f"--{field.replace('_', '-')}"


@click.command("add", cls=Command, examples=EXAMPLES)
@click.argument("customer", metavar="CUSTOMER")
@SHOP
@click.option("--service", default="", help="Name of a service of the shop.")
@click.option("--with", "performer", default="", help="Name of a person or room.")
@click.option("--days", default="", metavar="DAYS", help='Weekdays, like "Mon Wed".')
@wish_options
@click.option(
    "--priority", default="", metavar="NUMBER", help="A higher number comes first. Requires --priority-reason."
)
@click.option("--priority-reason", default="", help="The reason for the priority.")
@click.option("--note", default="", help="A note for the team.")
@with_data
def add(customer: str, shop: str, service: str, performer: str, days: str, **texts: str) -> None:
    """Add a customer, by id, name or phone number, to the waiting list. Prints the id of the entry.

    Exit codes: 0 added, 1 not added (the message gives the reason), 2 invalid usage.
    """
    from cli.find_customer import customer_named
    from cli.find_shop import shop_named
    from db.waitlist import imported_waitlist
    from db.waitlist import waitlist as entries
    from domain.customer_list.more_columns import WrongCellError
    from domain.customer_list.waitlist_rows import wishes_in

    with database() as session:
        named = shop_named(session, shop)
        try:
            wishes = wishes_in({"weekdays": days, **texts}, today=entries.today(session, named.id))
        except WrongCellError as wrong:
            raise click.BadParameter(wrong.reason, param_hint=_option_of(wrong.field)) from None
        customer_id = customer_named(session, named.id, named.name, customer)
        references, reason = imported_waitlist.references(session, named.id, service=service, performer=performer)
        if reason:
            raise CannotError(reason)
        wishes |= references
        entry = entries.add(session, named.id, customer_id, wishes, source=OPERATOR, by=OPERATOR)
        if entry is None:
            raise CannotError("The customer was erased a moment ago.")
    click.echo(entry.id)


@click.command("remove", cls=Command, examples="slots waitlist remove 758e4c61-cb65-4256-8b55-2f03170bcc6b")
@click.argument("entry", metavar="ENTRY", type=click.UUID)
@with_data
def remove(entry: UUID) -> None:
    """Take an entry off the waiting list. The entry is kept with the status “left”.

    Exit codes: 0 removed, 1 there is no such active entry.
    """
    from db.models import WaitlistEntry
    from db.waitlist import waitlist as entries

    with database() as session:
        found = session.get(WaitlistEntry, entry)
        if found is None or not entries.leave(session, found.shop_id, entry, by=OPERATOR):
            raise CannotError(f"There is no active entry {entry}. See: slots waitlist list --shop ...")
    click.echo(entry)


@click.command("import", cls=Command, examples=EXAMPLES)
@import_options
@with_data
def import_entries(**options: Any) -> None:
    """Add customers from a CSV or Excel file to a waiting list.

    The columns of `slots customers import` identify the customer, who is added if unknown. Other columns contain the
    customer's wishes (such as service, with, weekdays, time from or date until), priority, priority reason and note.
    An empty cell means no preference. The same list can be imported repeatedly.

    Exit codes: 0 all rows were imported, 1 no row was imported or the report could not be written (the message gives
    the reason), 3 some rows were rejected (the output lists them) and all other rows were imported.
    """
    from db.waitlist.imported_waitlist import import_entries
    from domain.customer_list.waitlist_rows import read_waitlist

    run(ListImport(read=read_waitlist, write=import_entries, summary=_summary, as_json=_as_json), **options)


def _summary(report: "WaitlistReport", would: str) -> str:
    added = f"{len(report.added)} {would}added ({report.people.made} new customers)"
    return f"{added}, {len(report.known)} already on the list, {len(report.rejected)} rejected"


def _as_json(read: "ListFile[WaitlistRow]", report: "WaitlistReport") -> dict[str, Any]:
    return {"added": len(report.added), "known": len(report.known), "new_customers": report.people.made}
