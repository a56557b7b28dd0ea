"""Parses bookings and webhooks from Square."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.calendars.feed_text import bracketed_id
from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from providers.calendars.port import Hint
from providers.signature import NotAuthentic

STATUSES = {
    "ACCEPTED": SourceStatus.BOOKED,
    "PENDING": SourceStatus.WAITING,
    "CANCELLED_BY_CUSTOMER": SourceStatus.CANCELLED,
    "CANCELLED_BY_SELLER": SourceStatus.CANCELLED,
    "DECLINED": SourceStatus.CANCELLED,
    "NO_SHOW": SourceStatus.NO_SHOW,
}


def as_hint(body: bytes) -> Hint | NotAuthentic:
    """Parses a webhook. Uses the id inside the object, because `data.id` may be "<id>:<version>"."""
    try:
        event = json.loads(body)
        id = str(event["data"]["object"]["booking"]["id"])
        return Hint(str(event["event_id"]), str(event["type"]), (id,))
    except (ValueError, LookupError, TypeError):
        return NotAuthentic("malformed")


def as_booking(found: Mapping[str, Any]) -> SourceBooking:
    """Parses a booking, without its customer's name. Bookings made in Square's dashboard may lack a service."""
    segments, customer_id = found.get("appointment_segments") or [], found.get("customer_id")
    starts = instant(found.get("start_at"))
    return SourceBooking(
        external_id=str(found["id"]),
        status=STATUSES.get(str(found.get("status")), SourceStatus.WAITING),
        starts_at=starts,
        ends_at=starts and starts + _length(segments),
        person=SourcePerson(external_id=customer_id) if customer_id else None,
        service=_first(segments, "service_variation_id"),
        staff=_first(segments, "team_member_id"),
        our_id=bracketed_id(str(found.get("seller_note") or "")),
        version=f"{found.get('version')}",
    )


def _length(segments: Sequence[Mapping[str, Any]]) -> timedelta:
    """Returns the length, or one hour if the length is unknown."""
    parts = ("duration_minutes", "intermission_minutes")
    minutes = sum(one.get(part) or 0 for one in segments for part in parts)
    return timedelta(minutes=minutes or 60)


def _first(segments: Sequence[Mapping[str, Any]], name: str) -> SourceThing | None:
    """Returns the service or team member of the first segment."""
    id = segments[0].get(name) if segments else None
    return SourceThing(id) if id else None


def instant(text: Any) -> datetime | None:
    """Returns the time in UTC."""
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None


def stamp(at: datetime) -> str:
    """Formats a time for Square's requests."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
