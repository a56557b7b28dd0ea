"""Imports appointments from a file: first a preview of every row, then the booking."""

from __future__ import annotations

from flask import Blueprint, Response

from dashboard.shop import held_uploads, page_frame
from dashboard.shop.audit_entry import note_action
from dashboard.shop.held_uploads import NO_ROWS, HeldRows
from dashboard.shop.import_routes import FileImport, add_import_routes
from dashboard.shop.session_access import booking, reading, signed_in
from db import imported_appointments, shop_settings
from db.imported_appointments import AppointmentReport
from domain.customer_list.appointment_rows import AppointmentList, read_appointments
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


def _read(data: bytes) -> AppointmentList:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return read_appointments(data, now=me.now, country=country, zone=me.shop.timezone)


def _import(read: AppointmentList, only_preview: bool, held: str) -> Response:
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


add_import_routes(
    bp,
    FileImport(file_name="appointments", columns=COLUMNS, example=EXAMPLE, read=_read, run=_import, page=_page),
)
