"""`slots customers import`: imports a shop's list of customers and reports why rows were rejected."""

from typing import IO, TYPE_CHECKING

import click

from cli.help import Command, LazyGroup
from cli.list_import import finish, import_options, read_file, rejected_as_json, rejected_as_lines
from cli.printing import print_json, without_phones
from cli.target_system import database, with_data
from db.audit import OPERATOR

if TYPE_CHECKING:
    from db.customers.imported_customers import ImportReport
    from domain.customer_list.read_list import ImportedRow, ListFile

COMMANDS = {"import": "cli.import_customers:import_customers", "forget": "cli.forget_customer:forget_customer"}
EXAMPLES = """\
slots customers import customers.csv --shop "Salon Lou" --dry-run         check the list, change nothing
slots customers import customers.xlsx --shop "Salon Lou"                  import it
slots customers import list.csv --shop "Salon Lou" --rejected fix.csv   save rejected rows, to correct them
slots customers import - --shop +447700900100 --country GB < customers.csv
"""
OPTED_OUT = (
    "imported, but receives no texts: the number has opted out, and only its owner can undo this, by texting START"
)
STILL_OPTED_IN = "still opted in to texts, although the list says no"


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def customers() -> None:
    """Import customers, or erase a customer's data."""


@click.command("import", cls=Command, examples=EXAMPLES)
@import_options
@with_data
def import_customers(
    file: IO[bytes],
    shop: str,
    country: str | None,
    consent_source: str,
    rejected_file: IO[str] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add customers from a CSV file or an Excel workbook (.xlsx).

    One of the first rows must contain the column names: name, phone, email, an opt-in for each channel (sms_opt_in,
    ...), consent_source, consent_wording, consent_at, timezone and locale, or the names that common programs use
    ("First Name", "Mobile Phone", ...). CSV columns are separated by commas, semicolons or tabs. Every customer with
    an opt-in needs a consent_source, which states where the customer agreed. A separate consent for one channel has
    its own columns (whatsapp_consent_source, email_consent_at, ...). For a known phone number, the import fills in
    missing values but never overwrites existing values, so a list can be imported repeatedly. An import never ends an
    opt-out.

    Exit codes: 0 all rows were imported, 1 no row was imported or the report could not be written (the message gives
    the reason), 3 some rows were rejected (the output lists them) and all other rows were imported.
    """
    from cli.find_shop import shop_named
    from db.customers.imported_customers import import_customers
    from domain.customer_list.read_list import read_list
    from domain.phones.parsing import country_of

    with database() as session:
        named = shop_named(session, shop)
        country = country or country_of(named.country, named.sms_from)
        read = read_file(file, read_list, zone=named.timezone, country=country, consent_source=consent_source)
        report = import_customers(session, named.id, read.lines, by=OPERATOR)
        if dry_run:
            session.rollback()
    _print_json(read, report) if as_json else _print_lines(report)
    notes = (*read.notes, _summary(report, "would be " if dry_run else ""))
    finish(rejected_file, read.heading, report.rejected, notes)


def _summary(report: "ImportReport", would: str) -> str:
    return f"{report.made} {would}added, {report.known} already known, {len(report.rejected)} rejected"


def _print_json(read: "ListFile[ImportedRow]", report: "ImportReport") -> None:
    data = {
        "new": report.made,
        "known": report.known,
        "without_texts": [customer.line for customer in report.opted_out],
        "still_opted_in": [customer.line for customer in report.still_opted_in],
        "rejected": rejected_as_json(report.rejected),
        "notes": list(read.notes),
    }
    print_json(data)


def _print_lines(report: "ImportReport") -> None:
    for line in rejected_as_lines(report.rejected):
        click.echo(line)
    for customers, notice in ((report.opted_out, OPTED_OUT), (report.still_opted_in, STILL_OPTED_IN)):
        for customer in customers:
            click.echo(f"line {customer.line}, {without_phones(customer.name)}: {notice}")
