"""Square's availability search: returns every minute at which the given member of staff, or any member, is free."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.api_calls import SandboxCall
from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.square_shapes import LOCATION, refusal
from sandbox.http_answers import ProviderAnswer

DAY = 86400
MOST_SEARCHED = 32 * DAY


def search(call: SandboxCall) -> ProviderAnswer:
    """Searches for the staff and service in the filters, or for a new time for an existing booking."""
    wanted = (call.params.get("query") or {}).get("filter") or {}
    period = wanted.get("start_at_range") or {}
    first, last = seconds(period.get("start_at")), seconds(period.get("end_at"))
    if not DAY <= last - first <= MOST_SEARCHED:
        return refusal(400, "INVALID_REQUEST_ERROR", "INVALID_TIME_RANGE", "The range must be 24 hours to 32 days.")
    moving = bookings.find(call.tx, "square", str(wanted.get("booking_id") or ""))
    if moving and ("location_id" in wanted or "segment_filters" in wanted):
        return refusal(400, "INVALID_REQUEST_ERROR", "CONFLICTING_PARAMETERS", "booking_id allows no other filters.")
    free = _free(call, first, last, wanted, moving)
    return ProviderAnswer(200, {"availabilities": [{"start_at": iso(at), "location_id": LOCATION} for at in free]})


def _free(
    call: SandboxCall, first: float, last: float, wanted: Mapping[str, Any], moving: StoredBooking | None
) -> list[float]:
    """Returns the minutes between `first` and `last` (Unix seconds) at which the appointment could start."""
    if moving:
        staff, length, besides = moving.get("staff"), moving.ends - moving.starts, moving.id
    else:
        staff, length, besides = _team_member(wanted), 60, ""
    busy = _busy(call, first, last, staff, besides=besides)
    minutes = (first + 60 * step for step in range(int((last - first) // 60)))
    return [at for at in minutes if not any(at < ends and at + length > starts for starts, ends in busy)]


def _team_member(wanted: Mapping[str, Any]) -> str:
    """Returns the team member in the filters, or an empty string for any member."""
    segment = (wanted.get("segment_filters") or [{}])[0]
    accepted = (segment.get("team_member_id_filter") or {}).get("any") or [""]
    return str(accepted[0]).removeprefix("TM-")


def _busy(call: SandboxCall, first: float, last: float, staff: str, *, besides: str) -> list[tuple[float, float]]:
    rows = call.tx.execute(
        "SELECT starts, ends, data FROM calendar_bookings"
        " WHERE kind = 'square' AND status = 'booked' AND starts < ? AND ends > ? AND id <> ?",
        (last + 3600, first, besides),
    ).fetchall()
    theirs = (None, "", staff)
    return [(row["starts"], row["ends"]) for row in rows if json.loads(row["data"]).get("staff") in theirs]
