"""Imports customers from a file and reports each row that was skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from dashboard.shop import held_uploads, page_frame
from dashboard.shop.audit_entry import note_action
from dashboard.shop.held_uploads import NO_ROWS, HeldRows
from dashboard.shop.import_routes import FileImport, add_import_routes
from dashboard.shop.session_access import acting, reading, signed_in
from db import imported_customers, shop_settings
from db.imported_customers import ImportReport
from domain.customer_list.read_list import CustomerList, ImportedRow, read_list
from domain.customer_list.row_checks import LONGEST
from domain.plurals import counted

bp = Blueprint("customer_import", __name__, url_prefix="/customers/import")

PATH = "/app/customers/import"
SHOWN = 500

COLUMNS: dict[str, str] = {
    "name": "or First Name and Last Name",
    "phone": "like +447700900123",
    "email": "for reminders by e-mail",
    "sms_opt_in": "yes or no: agreed to texts",
    "whatsapp_opt_in": "yes or no: agreed to WhatsApp",
    "email_opt_in": "yes or no: agreed to offers by e-mail",
    "consent_source": "where they agreed; required for yes",
    "consent_wording": "the exact wording they agreed to",
    "consent_at": "date of consent, like 2026-01-31",
    "timezone": "like Europe/London, if different from the shop's",
    "locale": "like en_GB, if different from the shop's",
}
"""The columns of a customer list, described."""

EXAMPLE = (
    (
        "Olga Petrova",
        "+447700900123",
        "olga@example.com",
        "yes",
        "",
        "yes",
        "booking form",
        "Text me about free times",
        "2026-01-31",
    ),
    ("Piotr Zielinski", "+447700900124", "", "no", "", "", "", "", ""),
    ("Rosa Marini", "", "rosa@example.com", "", "", "", "", "", ""),
)
"""Without time zone and locale."""

OPTED_OUT = "Imported without texts: this number has opted out. Only the customer can undo that, by texting START."
STILL_OPTED_IN = (
    "Still opted in, although the file says no. To stop texts, open the customer and choose Stop texting."
)


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A row to check: `name` is the customer's, `cell` the column and its value."""

    line: int
    name: str
    cell: str
    reason: str


def consent_source() -> str:
    """The form's consent source, which is kept when the file is refused."""
    return request.form.get("consent_source", "").replace("\0", "").strip()[: LONGEST["consent_source"]]


def _read(data: bytes) -> CustomerList:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return read_list(data, now=me.now, country=country, consent_source=consent_source())


def _import(read: CustomerList, only_preview: bool, held: str) -> Response:
    """Imports the valid rows; a preview does so too, and undoes it, so that it can't differ from the import."""
    me, lines = signed_in(), list(read.lines)
    with acting() as rows:
        trial = rows.begin_nested()
        report = imported_customers.import_customers(rows, me.shop.id, lines)
        if only_preview:
            trial.rollback()
        else:
            trial.commit()
            _note(rows, report)
    kept = held_uploads.hold_rows(read.heading, report.rejected)
    return _page(
        report=report,
        preview=only_preview,
        held=held,
        notes=read.notes,
        remarks=sorted(_remarks(report)),
        kept=kept,
        accepted=[line for line in islice(lines, SHOWN) if isinstance(line, ImportedRow)] if only_preview else [],
    )


def _note(rows: Session, report: ImportReport) -> None:
    reason = (
        f"Customers were imported: {report.made} added, {report.known} already known, {len(report.rejected)} skipped."
    )
    note_action(rows, "CustomersImported", reason)


def _remarks(report: ImportReport) -> Iterator[Remark]:
    for row in report.rejected:
        yield Remark(row.line, row.name, f"{row.column}: {row.found}" if row.column else row.found, row.reason)
    for customers, reason in ((report.opted_out, OPTED_OUT), (report.still_opted_in, STILL_OPTED_IN)):
        for customer in customers:
            yield Remark(customer.line, customer.name, "", reason)


def _page(
    *,
    problem: str = "",
    status: int = 200,
    report: ImportReport | None = None,
    preview: bool = False,
    notes: tuple[str, ...] = (),
    remarks: list[Remark] | None = None,
    kept: HeldRows = NO_ROWS,
    held: str = "",
    accepted: Sequence[ImportedRow] = (),
) -> Response:
    answer = page_frame.page(
        "shop/import.html",
        columns=COLUMNS,
        counted=counted,
        report=report,
        preview=preview,
        notes=notes,
        remarks=(remarks or [])[:SHOWN],
        remark_count=len(remarks or []),
        kept=kept,
        held=held,
        accepted=accepted,
        problem=problem,
        consent_source=consent_source() if (problem and status != 413) or preview else "",
    )
    answer.status_code = status
    return answer


add_import_routes(
    bp,
    FileImport(
        file_name="customers",
        columns=COLUMNS,
        example=[(*row, "", "") for row in EXAMPLE],
        read=_read,
        run=_import,
        page=_page,
    ),
)
