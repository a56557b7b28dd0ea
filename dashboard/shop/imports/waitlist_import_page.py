"""Imports a waiting list from a file. Previews all rows, then adds the entries."""

from __future__ import annotations

from flask import Blueprint

from dashboard.shop.imports.import_routes import FileImport, add_import_routes
from db.waitlist import imported_waitlist
from domain.customer_list.waitlist_rows import read_waitlist
from domain.wishes import WISH_FIELDS

bp = Blueprint("waitlist_import", __name__, url_prefix="/waitlist/import")

COLUMNS: dict[str, str] = {
    "name": "the customer's name, or two columns, First Name and Last Name",
    "phone": "like +447700900123; required if there is no email",
    "email": "required if there is no phone number",
    "sms_opt_in": "yes if the customer agreed to texts",
    "consent_source": "where the customer agreed",
    "service": "the name of one of your services",
    "with": "the person or room that the customer wants, as named under People and rooms",
    "weekdays": "like Mon Wed",
    **{field.headings[0]: field.hint for field in WISH_FIELDS},
    "priority": "a number; customers with a higher number are asked first",
    "priority reason": "the reason for the priority",
    "note": "only your team sees it",
}
"""The description of each column. An empty cell of a wish means no preference."""

EXAMPLE: tuple[dict[str, str], ...] = (
    {
        "name": "Olga Petrova",
        "phone": "+447700900123",
        "sms_opt_in": "yes",
        "consent_source": "booking form",
        "weekdays": "Thu Fri",
        "time from": "17:00",
    },
    {
        "name": "Rosa Marini",
        "email": "rosa@example.com",
        "sms_opt_in": "no",
        "date until": "2027-03-31",
        "notice hours": "24",
    },
)
"""The rows of the example file, each keyed by column."""


add_import_routes(
    bp,
    FileImport(
        file_name="waiting-list",
        template="shop/waitlist_import.html",
        columns=COLUMNS,
        example=[[row.get(column, "") for column in COLUMNS] for row in EXAMPLE],
        read=read_waitlist,
        write=imported_waitlist.import_entries,
    ),
)
