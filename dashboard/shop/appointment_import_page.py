"""Imports appointments from a file: first a preview of every row, then the booking."""

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
from dashboard.shop.session_access import booking, reading, require_permission, require_recent_sign_in, signed_in
from db import imported_appointments, shop_settings
from db.imported_appointments import AppointmentReport
from domain.customer_list.appointment_rows import AppointmentList, read_appointments
from domain.customer_list.read_list import TOO_LARGE
from domain.plurals import counted

bp = Blueprint("appointment_import", __name__, url_prefix="/appointments/import")

PATH = "/app/appointments/import"
SHOWN = 500

COLUMNS: dict[str, str] = {
    "name": "of the customer, or First Name and Last Name",
    "phone": "like +447700900123; or email",
    "email": "if there is no phone number",
    "date": "like 2026-01-31",
    "time": "like 14:30, in your shop's time zone",
    "minutes": "how long it takes, if the service doesn't say",
    "service": "the name of one of your services",
    "performer": "who it is with, as named under People and rooms",
    "note": "only your team sees it",
}
"""The columns of a list, described."""

EXAMPLE = (
    ("Olga Petrova", "+447700900123", "", "2027-01-31", "14:30", "60", "", "", "Prefers the window"),
    ("Rosa Marini", "", "rosa@example.com", "2027-02-01", "09:00", "30", "", "", ""),
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
    return csv_answer("appointments", list(COLUMNS), EXAMPLE)


@bp.post("")
@require_permission("manage")
@require_recent_sign_in
def upload() -> ResponseReturnValue:
    """Previews the file, imports it, or answers the rejected rows as a file."""
    accept_file(largest=held_uploads.LARGEST_UPLOAD, largest_field=held_uploads.LARGEST_FIELD)
    require_token()
    if kept := request.form.get("rejected_rows"):
        rows = held_uploads.held_rows(kept)
        return csv_answer("rejected-appointments", rows[0], rows[1:]) if rows else abort(400)
    data = held_uploads.chosen_file()
    read = _read(data) if data is not None else None
    if data is None or read is None or read.problem:
        return _page(problem=read.problem if read else "Please choose a file.", status=422)
    only_preview = request.form.get("import") != "1"
    return _import(read, only_preview=only_preview, held=held_uploads.hold_file(data) if only_preview else "")


def _read(data: bytes) -> AppointmentList:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return read_appointments(data, now=me.now, country=country, zone=me.shop.timezone)


def _import(read: AppointmentList, *, only_preview: bool, held: str) -> Response:
    """Books the rows; a preview does so too, and undoes everything, so that it can't differ from the import."""
    me = signed_in()
    with booking() as rows:
        trial = rows.begin_nested()
        report = imported_appointments.import_appointments(rows, me.shop.id, read.lines)
        if only_preview:
            trial.rollback()
        else:
            trial.commit()
            reason = f"Appointments were imported: {len(report.booked)} booked, {len(report.rejected)} skipped."
            note_action(rows, "AppointmentsImported", reason)
    kept = held_uploads.hold_rows(read.heading, report.rejected)
    return _page(report=report, preview=only_preview, held=held, notes=read.notes, kept=kept)


def _page(
    *,
    problem: str = "",
    status: int = 200,
    report: AppointmentReport | None = None,
    preview: bool = False,
    notes: tuple[str, ...] = (),
    kept: HeldRows = NO_ROWS,
    held: str = "",
) -> Response:
    answer = page_frame.page(
        "shop/appointment_import.html",
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
