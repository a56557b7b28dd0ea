"""`slots customers import`: takes a shop's list of customers, and says of each row that is rejected why."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from db.imported_customers import ImportReport
    from domain.customer_list.read_list import CustomerList

COMMANDS = {"import": "cli.import_customers:import_customers", "forget": "cli.forget_customer:forget_customer"}
EXAMPLES = """\
slots customers import customers.csv --shop "Salon Lou" --dry-run     what would happen, row by row
slots customers import customers.xlsx --shop "Salon Lou"              imports it
slots customers import list.csv --shop "Salon Lou" --rejected again.csv   what was rejected, to be corrected
slots customers import - --shop +447700900100 --country GB < customers.csv
"""
SOME_REJECTED = 3
OPTED_OUT = "imported without texts: this number has opted out, and only its own START lifts that"
STILL_OPTED_IN = "still opted in to texts, though the list says no"


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def customers() -> None:
    """Import a shop's customers, forget one."""


@click.command("import", cls=Command, examples=EXAMPLES)
@click.argument("file", type=click.File("rb"))
@click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop they belong to.")
@click.option("--country", metavar="CODE", help="Country of numbers without a country code (GB); else the shop's.")
@click.option("--consent-source", default="", metavar="TEXT", help="Where those agreed whose row does not say.")
@click.option(
    "--rejected",
    "again",
    metavar="FILE",
    type=click.File("w", encoding="utf-8-sig", lazy=True),
    help="Write the rejected rows to this CSV file, each with the reason.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@with_data
def import_customers(
    file: IO[bytes],
    shop: str,
    country: str | None,
    consent_source: str,
    again: IO[str] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add the customers of a CSV file or an Excel workbook (.xlsx) to a shop.

    One of the first rows names the columns: name, phone, email, sms_opt_in, consent_source, consent_wording,
    consent_at, timezone, locale, or what common programs call them ("First Name", "Mobile Phone", ...). In CSV they
    are separated by commas, semicolons or tabs. A customer who is opted in needs a consent_source: where they agreed.
    Customers whose phone number is known already get what was missing and lose nothing, so that a list can be
    imported again. An opt-out stands, whatever a list says.

    Exit codes: 0 every row was taken, 1 nothing was (the message says why), 3 some rows were rejected (they are
    listed, the others are taken).
    """
    from cli.find_shop import shop_named
    from cli.printing import print_json
    from cli.progress import say
    from db.imported_customers import import_customers
    from domain.phones.parsing import country_of

    with database() as session:
        named = shop_named(session, shop)
        read = _read(file, country or country_of(named.country, named.sms_from), consent_source)
        report = import_customers(session, named.id, read.lines)
        if dry_run:
            session.rollback()
    if again and report.rejected:
        _write_rejected(again, read, report)
    if as_json:
        print_json(_as_data(read, report))
    for told in () if as_json else _told(report):
        click.echo(told)
    for note in read.notes:
        say(note)
    would = "would be " if dry_run else ""
    say(f"{report.made} {would}added, {report.known} known already, {len(report.rejected)} rejected")
    sys.exit(SOME_REJECTED if report.rejected else 0)


def _read(file: IO[bytes], country: str | None, consent_source: str) -> "CustomerList":
    from domain.customer_list.read_list import LARGEST_FILE, read_list

    data, now = file.read(LARGEST_FILE + 1), datetime.now(UTC)
    read = read_list(data, now=now, country=country, consent_source=consent_source.strip())
    if read.problem:
        raise CannotError(f"{read.problem} Nothing was taken.")
    return read


def _write_rejected(file: IO[str], read: "CustomerList", report: "ImportReport") -> None:
    from domain.csv_cells import write_rows
    from domain.customer_list.read_list import with_reasons

    write_rows(file, with_reasons(read.heading, report.rejected))


def _as_data(read: "CustomerList", report: "ImportReport") -> dict[str, Any]:
    return {
        "new": report.made,
        "known": report.known,
        "without_texts": [customer.line for customer in report.opted_out],
        "still_opted_in": [customer.line for customer in report.still_opted_in],
        "rejected": [
            {"line": row.line, "name": row.name, "column": row.column, "cell": row.found, "reason": row.reason}
            for row in report.rejected
        ],
        "notes": list(read.notes),
    }


def _told(report: "ImportReport") -> Iterator[str]:
    from cli.printing import without_phones

    for row in report.rejected:
        cell = " ".join(part for part in (row.column, f"“{row.found}”" if row.found else "") if part)
        yield f"{', '.join(part for part in (f'line {row.line}', row.name, cell) if part)}: {row.reason}"
    for customers, what in ((report.opted_out, OPTED_OUT), (report.still_opted_in, STILL_OPTED_IN)):
        for customer in customers:
            yield f"line {customer.line}, {without_phones(customer.name)}: {what}"
