"""Converts between bookings and events of Google Calendar. Source: v3/reference/events, as in `google.py`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.calendars.feed_text import phone_in
from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from providers.calendars.port import Connection, TimeOrder

OUR_ID, HOLD = "appointment_id", "hold"
OURS = re.compile(r"[0-9a-f]{32}")


def event_of(order: TimeOrder) -> dict[str, Any]:
    """Converts a booking to an event.

    The summary contains the name of a guest who has no address. The description contains the phone number.
    """
    guests = [{"email": order.email, "displayName": order.name}] if order.email else []
    phone = f"\nPhone: {order.phone}" if order.phone else ""
    return {
        "summary": order.name or "Booked",
        "description": f"{order.note}{phone}",
        "start": {"dateTime": stamp(order.starts_at)},
        "end": {"dateTime": stamp(order.ends_at)},
        "attendees": guests,
        "extendedProperties": {"private": {OUR_ID: order.our_id}},
    }


def _private(found: Mapping[str, Any]) -> Mapping[str, Any]:
    private: Mapping[str, Any] = (found.get("extendedProperties") or {}).get("private") or {}
    return private


def is_busy(found: Mapping[str, Any]) -> bool:
    free = found.get("transparency") == "transparent" or found.get("status") == "cancelled"
    return not (free or "date" in (found.get("start") or {}) or HOLD in _private(found))


def as_booking(found: Mapping[str, Any], connection: Connection) -> SourceBooking:
    """Parses an event, which may belong to a series. A cancelled event may have only an id and a status."""
    start, end = (found.get(name) or {} for name in ("start", "end"))
    guests = [one for one in found.get("attendees", ()) if not (one.get("organizer") or one.get("resource"))]
    text = f"{found.get('summary', '')}\n{found.get('description', '')}"
    phone = phone_in(text)
    person = SourcePerson(
        name=str((guests[0].get("displayName") if guests else "") or found.get("summary") or ""),
        phone=phone,
        email=guests[0].get("email") if guests else None,
    )
    return SourceBooking(
        external_id=str(found["id"]),
        status=_status(found, guests, phone),
        starts_at=_instant(start.get("dateTime")),
        ends_at=_instant(end.get("dateTime")),
        person=person,
        staff=SourceThing("calendar", connection.name),
        our_id=_private(found).get(OUR_ID) or _our_id_of_cancelled(found),
    )


def id_of(our_id: str) -> str:
    """Returns the id of the event that we create for an appointment."""
    return our_id.replace("-", "")


def _our_id_of_cancelled(found: Mapping[str, Any]) -> str | None:
    """Derives our id from the event's id, because a cancelled event may have no other field."""
    ours = found.get("status") == "cancelled" and OURS.fullmatch(str(found["id"]))
    return str(UUID(str(found["id"]))) if ours else None


def _status(found: Mapping[str, Any], guests: list[Any], phone: str | None) -> SourceStatus:
    if found.get("status") == "cancelled":
        return SourceStatus.CANCELLED
    declined = guests and all(one.get("responseStatus") == "declined" for one in guests)
    refused = any(one.get("self") and one.get("responseStatus") == "declined" for one in found.get("attendees", ()))
    special = found.get("eventType", "default") not in ("default", "fromGmail")
    nobody = not guests and not phone and OUR_ID not in _private(found)
    if declined or refused or special or nobody or not is_busy(found):
        return SourceStatus.NO_APPOINTMENT
    return SourceStatus.NO_SHOW if _private(found).get("no_show") else SourceStatus.BOOKED


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
