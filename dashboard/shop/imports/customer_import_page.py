"""Imports customers from a file and reports each skipped row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Blueprint, request

from dashboard.shop.imports.import_routes import SHOWN, FileImport, ImportResult, Remark, add_import_routes
from db.customers import imported_customers
from db.customers.imported_customers import ImportReport
from domain.channels import CHANNELS, Channel
from domain.customer_list.read_list import ImportedRow, ListFile, read_list
from domain.customer_list.row_checks import LONGEST

bp = Blueprint("customer_import", __name__, url_prefix="/customers/import")

COLUMNS: dict[str, str] = {
    "name": "or two columns, First Name and Last Name",
    "phone": "like +447700900123",
    "email": "for reminders by e-mail",
    **{one.opt_in: f"yes if the customer agreed to offers by {one.by}, otherwise no" for one in CHANNELS.values()},
    "consent_source": "where the customer agreed; required if opted in",
    "consent_wording": "the exact wording that the customer agreed to",
    "consent_at": "date of consent, like 2026-01-31",
    **{
        column: f"the same for {one.noun}, if the consent was given separately"
        for one in CHANNELS.values()
        if one.channel is not Channel.SMS
        for column in one.consent_columns
    },
    "timezone": "like Europe/London, if different from the shop's",
    "locale": "like en_GB, if different from the shop's",
}
"""The description of each column."""

EXAMPLE: tuple[dict[str, str], ...] = (
    {
        "name": "Olga Petrova",
        "phone": "+447700900123",
        "email": "olga@example.com",
        "sms_opt_in": "yes",
        "email_opt_in": "yes",
        "consent_source": "booking form",
        "consent_wording": "Text me about free times",
        "consent_at": "2026-01-31",
    },
    {"name": "Piotr Zielinski", "phone": "+447700900124", "sms_opt_in": "no"},
    {"name": "Rosa Marini", "email": "rosa@example.com"},
)
"""The rows of the example file, each keyed by column."""

OPTED_OUT = "Imported without texts: this number has opted out. Only the customer can undo this, by texting START."
STILL_OPTED_IN = (
    "Still opted in, although the file says no. To stop texts, open the customer and choose Stop texting."
)


def consent_source() -> str:
    """The consent source entered in the form. It is shown again if the file is rejected."""
    return request.form.get("consent_source", "").replace("\0", "").strip()[: LONGEST["consent_source"]]


def _read(data: bytes, *, now: datetime, country: str | None) -> ListFile[ImportedRow]:
    return read_list(data, now=now, country=country, consent_source=consent_source())


def _result(lines: Sequence[object], report: ImportReport, only_preview: bool) -> ImportResult:
    accepted = [line for line in lines if isinstance(line, ImportedRow)] if only_preview else []
    return ImportResult(report=report, remarks=_without_texts(report), values={"accepted": accepted[:SHOWN]})


def _without_texts(report: ImportReport) -> Iterator[Remark]:
    for customers, reason in ((report.opted_out, OPTED_OUT), (report.still_opted_in, STILL_OPTED_IN)):
        for customer in customers:
            yield Remark(customer.line, customer.name, "", reason)


add_import_routes(
    bp,
    FileImport(
        file_name="customers",
        template="shop/customer_import.html",
        columns=COLUMNS,
        example=[[row.get(column, "") for column in COLUMNS] for row in EXAMPLE],
        read=_read,
        write=imported_customers.import_customers,
        result=_result,
        typed=lambda: {"consent_source": consent_source()},
    ),
)
