"""Imports appointments from a file. Previews all rows, then books the appointments."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from dashboard.shop.access.session_access import booking, signed_in
from dashboard.shop.imports.import_routes import FileImport, add_import_routes
from db.appointments import imported_appointments
from domain.customer_list.appointment_rows import AppointmentRow, read_appointments
from domain.customer_list.read_list import ListFile

bp = Blueprint("appointment_import", __name__, url_prefix="/appointments/import")

COLUMNS: dict[str, str] = {
    "name": "the customer's name, or two columns, First Name and Last Name",
    "phone": "like +447700900123; required if there is no email",
    "email": "required if there is no phone number",
    "date": "like 2026-01-31",
    "time": "like 14:30, in your shop's time zone",
    "minutes": "the length, if it differs from the service's",
    "service": "the name of one of your services",
    "performer": "the person or room, as named under People and rooms",
    "note": "only your team sees it",
}
"""The description of each column."""

EXAMPLE = (
    ("Olga Petrova", "+447700900123", "", "2027-01-31", "14:30", "60", "", "", "Prefers the window"),
    ("Rosa Marini", "", "rosa@example.com", "2027-02-01", "09:00", "30", "", "", ""),
)


def _read(data: bytes, *, now: datetime, country: str | None) -> ListFile[AppointmentRow]:
    return read_appointments(data, now=now, country=country, zone=signed_in().shop.timezone)


add_import_routes(
    bp,
    FileImport(
        file_name="appointments",
        template="shop/appointment_import.html",
        columns=COLUMNS,
        example=EXAMPLE,
        read=_read,
        write=imported_appointments.import_appointments,
        transaction=booking,
    ),
)
