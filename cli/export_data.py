"""`slots export`: exports a shop's rows as JSON, or as CSV that is safe to open in a spreadsheet."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command
from cli.printing import full_phones_option, phone_shown, print_each_as_json
from cli.progress import say
from cli.target_system import database, with_data
from cli.whole_output import whole_output
from db.audit import OPERATOR

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cli.find_shop import ShopNamed

EXAMPLES = """\
slots export recoveries --shop "Salon Lou" > recoveries.csv
slots export customers --shop "Salon Lou" --full-phones > customers.csv   for a later import
slots export appointments --shop "Salon Lou" --format json | jq length
"""
SINGULAR = {
    "recoveries": "recovery",
    "customers": "customer",
    "appointments": "appointment",
    "waitlist": "waiting-list entry",
}


PLURAL = {"waitlist": "waiting-list entries"}


@click.command(cls=Command, examples=EXAMPLES, short_help="Write a shop's rows as CSV or JSON.")
@click.argument("what", type=click.Choice([*SINGULAR]))
@click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="Output format.",
)
@full_phones_option
@with_data
def export(what: str, shop: str, format_: str, full_phones: bool) -> None:
    """Write a shop's recoveries, customers, appointments or waiting list to stdout.

    Times are in UTC. In CSV, every cell is quoted, and a cell that a spreadsheet would interpret as a formula
    (because it begins with =, +, - or @) is prefixed with an apostrophe. The audit log records the export. If the
    export fails, for example because the disk is full, nothing of it remains in the file.

    Exit codes: 0 written, 1 the data could not be read or written (the message gives the reason).
    """
    from cli.find_shop import shop_named
    from domain.plurals import counted
    from views import exports

    with database() as session:
        named = shop_named(session, shop)
        # Committed first, so that the log also records an export that is interrupted.
        _note(session, named, what, full_phones)
    with database() as session, whole_output():
        rows = _shown(exports.rows(session, what, named.id), full_phones)
        columns = exports.columns(session, what, named.id)
        count = _write_csv(columns, rows) if format_ == "csv" else print_each_as_json(rows)
    say(f"{counted(count, SINGULAR[what], PLURAL.get(what, what))} of {named.name}")


def _note(session: "Session", shop: "ShopNamed", what: str, full_phones: bool) -> None:
    from db import audit

    reason = f"{what.capitalize()} exported, phone numbers {'in full' if full_phones else 'masked'}."
    audit.note(session, event="Exported", reason=reason, shop_id=shop.id, actor=OPERATOR, severity="warning")


def _shown(rows: Iterator[dict[str, Any]], full_phones: bool) -> Iterator[dict[str, Any]]:
    for row in rows:
        if "phone" in row:
            row["phone"] = phone_shown(row["phone"], full_phones=full_phones)
        yield row


def _write_csv(columns: list[str], rows: Iterator[dict[str, Any]]) -> int:
    from domain.csv_cells import write_rows

    write_rows(sys.stdout, [columns], line_end="\n")
    return write_rows(sys.stdout, ([_cell(row[column]) for column in columns] for row in rows), line_end="\n")


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
