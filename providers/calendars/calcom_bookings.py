"""Parses the bookings and webhooks of Cal.com."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from providers.calendars.port import Hint
from providers.signature import NotAuthentic

STATUSES = {
    "accepted": SourceStatus.BOOKED,
    "pending": SourceStatus.WAITING,
    "cancelled": SourceStatus.CANCELLED,
    "rejected": SourceStatus.CANCELLED,
}
PHONE_FIELDS = ("attendeePhoneNumber", "smsReminderNumber", "phone")
OUR_ID = "appointment_id"
"""The key for our id in the metadata of a booking."""


def as_hint(body: bytes) -> Hint | NotAuthentic:
    """Parses a webhook. A payload template may have changed its shape and omitted any field."""
    try:
        event = json.loads(body)
        trigger, payload = str(event["triggerEvent"]), event["payload"]
        if trigger == "PING":
            return Hint(f"PING:{event.get('createdAt', '')}", trigger)
        uid = str(payload["uid"])
    except (ValueError, LookupError, TypeError):
        return NotAuthentic("malformed")
    ids = dict.fromkeys(str(one) for one in (uid, payload.get("rescheduleUid")) if one)
    key = f"{trigger}:{uid}:{event.get('createdAt', '')}"
    return Hint(key, trigger, tuple(ids), new_time_requested=payload.get("requestReschedule") is True)


def as_booking(found: Mapping[str, Any]) -> SourceBooking:
    """Parses a booking of version 2024-08-13."""
    attendees = found.get("attendees") or []
    fields = found.get("bookingFieldsResponses") or {}
    return SourceBooking(
        external_id=str(found["uid"]),
        status=_status(found, attendees),
        starts_at=instant(found["start"]),
        ends_at=instant(found["end"]),
        person=_person(attendees[0], fields) if attendees else None,
        service=_service(found),
        staff=_staff(found.get("hosts") or []),
        follows=found.get("rescheduledFromUid"),
        followed_by=found.get("rescheduledToUid"),
        our_id=(found.get("metadata") or {}).get(OUR_ID),
    )


def _status(found: Mapping[str, Any], attendees: Sequence[Mapping[str, Any]]) -> SourceStatus:
    status = STATUSES.get(str(found.get("status")), SourceStatus.WAITING)
    if status is SourceStatus.BOOKED and any(one.get("absent") for one in attendees):
        return SourceStatus.NO_SHOW
    return status


def _service(found: Mapping[str, Any]) -> SourceThing | None:
    """Parses the event type. Its name is derived from the slug, because the booking's title names the customer."""
    event_type = found.get("eventType") or {}
    name = str(event_type.get("slug") or "").replace("-", " ").strip().capitalize()
    return _thing(event_type.get("id") or found.get("eventTypeId"), name, "Appointment")


def _staff(hosts: Sequence[Mapping[str, Any]]) -> SourceThing | None:
    return _thing(hosts[0].get("id"), hosts[0].get("name")) if hosts else None


def _person(attendee: Mapping[str, Any], fields: Mapping[str, Any]) -> SourcePerson:
    """Parses the attendee. A field of the booking form is a string, or an object with a `value`."""
    given = [attendee.get("phoneNumber"), *(fields.get(name) for name in PHONE_FIELDS)]
    phones = [one.get("value") if isinstance(one, dict) else one for one in given]
    email = attendee.get("email")
    return SourcePerson(
        name=str(attendee.get("name") or ""),
        phone=next((str(one) for one in phones if one), None),
        # Cal.com invents an address for a guest who gave only a telephone number.
        email=None if not email or str(email).endswith("@sms.cal.com") else str(email),
    )


def _thing(id: Any, *names: Any) -> SourceThing | None:
    return SourceThing(str(id), str(next((name for name in names if name), ""))) if id else None


def iso(at: datetime) -> str:
    """Formats a time for Cal.com, such as `2026-11-21T03:10:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
