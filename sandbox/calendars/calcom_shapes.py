"""Cal.com's JSON: bookings in responses and webhooks, and the signatures of webhooks."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking, iso
from sandbox.calendars.stand_in import Notice, Signed, hmac_hex, number_of
from sandbox.provider_time import now
from sandbox.store import Row

STATUS = {"booked": "accepted", "cancelled": "cancelled", "moved": "cancelled", "no_show": "accepted"}
TRIGGER = {
    "created": "BOOKING_CREATED",
    "cancelled": "BOOKING_CANCELLED",
    "moved": "BOOKING_RESCHEDULED",
    "no_show": "BOOKING_NO_SHOW_UPDATED",
    "paid": "BOOKING_PAID",
}


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """Returns a webhook with the full booking but without an event id."""
    trigger = TRIGGER.get(what)
    if trigger is None:
        return None
    created = iso(now(), spec="milliseconds")
    payload: dict[str, Any] = {
        "uid": booking.id,
        "bookingId": booking.n,
        "title": booking.get("service", "Appointment"),
        "startTime": iso(booking.starts),
        "endTime": iso(booking.ends),
        "status": STATUS[booking.status].upper(),
        "eventTypeId": event_type(booking),
        "attendees": [attendee(booking)],
        "responses": {"name": {"value": booking.get("name")}, "email": {"value": booking.get("email")}},
        "metadata": booking.get("metadata", {}),
        "price": booking.get("price_cents", 0),
    }
    if booking.follows and what == "moved":
        payload |= {"rescheduleUid": booking.follows, "rescheduleStartTime": None}
    if booking.get("new_time_requested", False):
        payload["requestReschedule"] = True
    body = {"triggerEvent": trigger, "createdAt": created, "payload": payload}
    return Notice(f"{trigger}:{booking.id}:{created}", body)


def sign(payload: Mapping[str, Any], secret: str, url: str) -> Signed:
    body = json.dumps(payload).encode()
    signature = hmac_hex(secret, body) if secret else "no-secret-provided"
    return body, {"Content-Type": "application/json", "X-Cal-Signature-256": signature}


def event_type(booking: StoredBooking) -> int:
    """Returns the id of the booking's event type, derived from the service's name if no id was given."""
    given = booking.get("event_type_id", None)
    return int(given) if given else number_of(booking.get("service", "Appointment"))


def attendee(booking: StoredBooking) -> dict[str, Any]:
    found = {
        "name": booking.get("name"),
        "email": booking.get("email"),
        "timeZone": "Europe/London",
        "language": "en",
    }
    absent = booking.status == bookings.NO_SHOW
    return found | {"absent": absent} | ({"phoneNumber": booking.get("phone")} if booking.get("phone") else {})


def shown(booking: StoredBooking) -> dict[str, Any]:
    """Converts a booking to the format of API version 2024-08-13."""
    staff, service = booking.get("staff", "Owner"), booking.get("service", "Appointment")
    found: dict[str, Any] = {
        "id": booking.n,
        "uid": booking.id,
        "title": f"{service} between {staff} and {booking.get('name')}",
        "status": STATUS[booking.status],
        "start": iso(booking.starts, spec="milliseconds"),
        "end": iso(booking.ends, spec="milliseconds"),
        "duration": round((booking.ends - booking.starts) / 60),
        "eventTypeId": event_type(booking),
        "eventType": {"id": event_type(booking), "slug": str(service).lower().replace(" ", "-")},
        "hosts": [{"id": number_of(staff), "name": staff, "timeZone": "Europe/London"}],
        "attendees": [attendee(booking)],
        "bookingFieldsResponses": {"name": booking.get("name"), "email": booking.get("email")},
        "metadata": booking.get("metadata", {}),
        "absentHost": False,
        "createdAt": iso(booking.created, spec="milliseconds"),
        "updatedAt": iso(booking.updated, spec="milliseconds"),
    }
    links = {"rescheduledFromUid": booking.follows, "rescheduledToUid": booking.followed_by}
    return found | {name: value for name, value in links.items() if value}
