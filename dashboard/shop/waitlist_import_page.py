"""Imports a waiting list from a file: first a preview of every row, then the entries."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.csrf import require_token
from dashboard.form_limits import accept_file
from dashboard.shop import held_uploads, page_frame
from dashboard.shop.audit_entry import note_action
from dashboard.shop.csv_download import csv_answer
from dashboard.shop.held_uploads import NO_ROWS, HeldRows
from dashboard.shop.session_access import acting, reading, require_permission, require_recent_sign_in, signed_in
from db import imported_waitlist, shop_settings
from db.imported_waitlist import WaitlistReport
from domain.customer_list.read_list import TOO_LARGE
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


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """On the page, once the caller is known."""
    return _page(problem=TOO_LARGE, status=413) if g.get("signed_in") else error


@bp.get("")
@require_permission("manage")
@require_recent_sign_in
def ask() -> ResponseReturnValue:
    """Shows the form and the format of the file."""
    return _page()


@bp.get("/example.csv")
@require_permission("manage")
def example() -> Response:
    """An example file with every column."""
    return csv_answer("waiting-list", list(COLUMNS), EXAMPLE)


@bp.post("")
@require_permission("manage")
@require_recent_sign_in
def upload() -> ResponseReturnValue:
    """Previews the file, imports it, or answers the rejected rows as a file."""
    accept_file(largest=held_uploads.LARGEST_UPLOAD, largest_field=held_uploads.LARGEST_FIELD)
    require_token()
    if kept := request.form.get("rejected_rows"):
        rows = held_uploads.held_rows(kept)
        return csv_answer("rejected-waiting-list", rows[0], rows[1:]) if rows else abort(400)
    data = held_uploads.chosen_file()
    read = _read(data) if data is not None else None
    if data is None or read is None or read.problem:
        return _page(problem=read.problem if read else "Please choose a file.", status=422)
    only_preview = request.form.get("import") != "1"
    return _import(read, only_preview=only_preview, held=held_uploads.hold_file(data) if only_preview else "")


def _read(data: bytes) -> WaitlistFile:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return read_waitlist(data, now=me.now, country=country)


def _import(read: WaitlistFile, *, only_preview: bool, held: str) -> Response:
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
