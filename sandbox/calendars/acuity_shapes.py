"""Acuity's JSON: appointments in responses, and webhooks with their signatures."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking
from sandbox.calendars.stand_in import Notice, Signed, hmac_base64, number_of
from sandbox.store import Row

ACTIONS = {
    "created": "appointment.scheduled",
    "moved": "appointment.rescheduled",
    "cancelled": "appointment.canceled",
}


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """Returns a form with the ids of Acuity's objects. The form has no event id. A no-show sends no webhook."""
    action = ACTIONS.get(what)
    if action is None:
        return None
    short = action.partition(".")[2]
    form = {"action": short, "id": booking.id, "calendarID": number_of(booking.get("staff", "Owner"))}
    return Notice(f"{short}:{booking.id}", form | {"appointmentTypeID": number_of(booking.get("service", "Visit"))})


def sign(payload: Mapping[str, Any], secret: str, url: str) -> Signed:
    body = urlencode(payload).encode()
    signature = hmac_base64(secret, body)
    return body, {"Content-Type": "application/x-www-form-urlencoded", "X-Acuity-Signature": signature}


def stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}+0000"


def shown(booking: StoredBooking) -> dict[str, Any]:
    """Converts a booking to Acuity's format."""
    first, _, last = str(booking.get("name")).partition(" ")
    price = booking.get("price_cents", 0) / 100
    return {
        "id": int(booking.id),
        "firstName": first,
        "lastName": last or "-",
        "phone": booking.get("phone"),
        "email": booking.get("email"),
        "datetime": stamp(booking.starts),
        "duration": str(round((booking.ends - booking.starts) / 60)),
        "price": f"{price:.2f}",
        "paid": "yes" if booking.get("paid", False) else "no",
        "amountPaid": f"{price if booking.get('paid', False) else 0:.2f}",
        "type": booking.get("service", "Visit"),
        "appointmentTypeID": number_of(booking.get("service", "Visit")),
        "calendar": booking.get("staff", "Owner"),
        "calendarID": number_of(booking.get("staff", "Owner")),
        "canceled": booking.status != bookings.BOOKED,
        # Only canceled appointments have this field.
        **({"noShow": booking.status == bookings.NO_SHOW} if booking.status != bookings.BOOKED else {}),
        "notes": booking.get("note"),
    }
