"""Checks whether a time is free at Square, and builds the segment of a booking, with its service and staff."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from square import Square

from providers.calendars.port import TimeOrder
from providers.calendars.square_bookings import instant, stamp
from providers.calendars.square_errors import ONCE, ask


def is_free(client: Square, order: TimeOrder, among: Mapping[str, Any]) -> bool:
    """Returns whether the time is free.

    `among`: a location with services and staff, or the id of a moved booking.
    """
    midnight = order.starts_at.replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"start_at": stamp(midnight), "end_at": stamp(midnight + timedelta(days=2))}
    query: Any = {"filter": {"start_at_range": days, **among}}
    found = ask(lambda: client.bookings.search_availability(query=query, request_options=ONCE))
    return any(instant(one.start_at) == order.starts_at for one in found.availabilities or [])


def wanted_segment(service: str | None, order: TimeOrder) -> dict[str, Any]:
    """Returns the availability filter for this service and staff member."""
    return {"service_variation_id": service, "team_member_id_filter": {"any": [order.staff_id]}}


def segment_of(client: Square, service: str, order: TimeOrder) -> dict[str, Any]:
    """Returns the segment to book, in which Square requires the current version of the service."""
    variation: Any = ask(lambda: client.catalog.object.get(service, request_options=ONCE)).object
    return {
        "duration_minutes": minutes_of(order),
        "service_variation_id": service,
        "service_variation_version": variation.version,
        "team_member_id": order.staff_id,
    }


def minutes_of(order: TimeOrder) -> int:
    return int((order.ends_at - order.starts_at).total_seconds() // 60)
