"""Imports a waiting list from a file: first a preview of every row, then the entries."""

from __future__ import annotations

from flask import Blueprint, Response

from dashboard.shop import held_uploads, page_frame
from dashboard.shop.audit_entry import note_action
from dashboard.shop.held_uploads import NO_ROWS, HeldRows
from dashboard.shop.import_routes import FileImport, add_import_routes
from dashboard.shop.session_access import acting, reading, signed_in
from db import imported_waitlist, shop_settings
from db.imported_waitlist import WaitlistReport
from domain.customer_list.waitlist_rows import WaitlistFile, read_waitlist
from domain.plurals import counted

bp = Blueprint("waitlist_import", __name__, url_prefix="/waitlist/import")

SHOWN = 500

COLUMNS: dict[str, str] = {
    "name": "of the customer, or First Name and Last Name",
    "phone": "like +447700900123; or email",
    "email": "if there is no phone number",
    "sms_opt_in": "yes if they agreed to texts",
    "consent_source": "where they agreed",
    "service": "the name of one of your services",
    "with": "who they want, as named under People and rooms",
    "weekdays": "like Mon Wed",
    "time from": "the earliest start, like 17:00, in your shop's time zone",
    "time until": "only times that start before this one",
    "date from": "the first day, like 2026-01-31",
    "date until": "the last day",
    "notice hours": "the notice they need",
    "priority": "a number; higher comes first",
    "priority reason": "why they come first",
    "note": "only your team sees it",
}
"""The columns of a list, described. An empty cell of a wish means no preference."""

EXAMPLE = (
    *(("Olga Petrova", "+447700900123", "", "yes", "booking form", "", "", "Thu Fri", "17:00", *[""] * 7),),
    *(("Rosa Marini", "", "rosa@example.com", "no", "", "", "", "", "", "", "", "2027-03-31", "24", "", "", ""),),
)


def _read(data: bytes) -> WaitlistFile:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return read_waitlist(data, now=me.now, country=country)


def _import(read: WaitlistFile, only_preview: bool, held: str) -> Response:
    """Adds the entries; a preview does so too, and undoes everything, so that it can't differ from the import."""
    me = signed_in()
    with acting() as rows:
        trial = rows.begin_nested()
        report = imported_waitlist.import_entries(rows, me.shop.id, read.lines, source="list")
        if only_preview:
            trial.rollback()
        else:
            trial.commit()
            reason = f"A waiting list was imported: {len(report.added)} added, {len(report.rejected)} skipped."
            note_action(rows, "WaitlistImported", reason)
    kept = held_uploads.hold_rows(read.heading, report.rejected)
    return _page(report=report, preview=only_preview, held=held, notes=read.notes, kept=kept)


def _page(
    *,
    problem: str = "",
    status: int = 200,
    report: WaitlistReport | None = None,
    preview: bool = False,
    notes: tuple[str, ...] = (),
    kept: HeldRows = NO_ROWS,
    held: str = "",
) -> Response:
    answer = page_frame.page(
        "shop/waitlist_import.html",
        columns=COLUMNS,
        counted=counted,
        report=report,
        preview=preview,
        notes=notes,
        kept=kept,
        held=held,
        problem=problem,
        shown=SHOWN,
    )
    answer.status_code = status
    return answer


add_import_routes(
    bp,
    FileImport(file_name="waiting-list", columns=COLUMNS, example=EXAMPLE, read=_read, run=_import, page=_page),
)
