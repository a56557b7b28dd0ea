"""`slots customers import`: imports a shop's list of customers and reports why rows were rejected."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.list_import import ListImport, import_options, run
from cli.printing import without_phones
from cli.target_system import with_data

if TYPE_CHECKING:
    from db.customers.imported_customers import ImportReport
    from domain.customer_list.read_list import ImportedRow, ListFile

COMMANDS = {"import": "cli.import_customers:import_customers", "forget": "cli.forget_customer:forget_customer"}
EXAMPLES = """\
slots customers import customers.csv --shop "Salon Lou" --dry-run         check the list, change nothing
slots customers import customers.xlsx --shop "Salon Lou"                  import it
slots customers import list.csv --shop "Salon Lou" --rejected fix.csv     save rejected rows, to correct them
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
def import_customers(**options: Any) -> None:
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
    from db.customers.imported_customers import import_customers
    from domain.customer_list.read_list import read_list

    kind = ListImport(read=read_list, write=import_customers, summary=_summary, as_json=_as_json, as_lines=_as_lines)
    run(kind, **options)


def _summary(report: "ImportReport", would: str) -> str:
    return f"{report.made} {would}added, {report.known} already known, {len(report.rejected)} rejected"


def _as_json(read: "ListFile[ImportedRow]", report: "ImportReport") -> dict[str, Any]:
    return {
        "new": report.made,
        "known": report.known,
        "without_texts": [customer.line for customer in report.opted_out],
        "still_opted_in": [customer.line for customer in report.still_opted_in],
        "notes": list(read.notes),
    }


def _as_lines(report: "ImportReport") -> Iterator[str]:
    for customers, notice in ((report.opted_out, OPTED_OUT), (report.still_opted_in, STILL_OPTED_IN)):
        for customer in customers:
            yield f"line {customer.line}, {without_phones(customer.name)}: {notice}"
