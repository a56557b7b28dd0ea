"""Compares an appointment with its booking in a connected calendar, and decides how the appointment changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.calendars.source_booking import SourceBooking, SourceStatus
from domain.state import LIVE_BOOKINGS, BookingStatus

BY_CALENDAR = "calendar"
"""The actor of changes that a calendar made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """The appointment that mirrors a booking. `staff_id` is an id in the calendar. Times are UTC.

    `moving`: the appointment was moved in this system, and the move has not been written to the calendar yet.
    """

    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    customer_id: UUID
    staff_id: str | None = None
    cancelled_by: str | None = None
    moving: bool = False

    @property
    def live(self) -> bool:
        return self.status in LIVE_BOOKINGS


class Change(Enum):
    """The ways in which a read changes the appointment."""

    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    """The entry is no longer an appointment, for example because it was marked as free. Its time is not resold."""
    OTHER_CUSTOMER = "other customer"
    NO_SHOW = "no-show"
    CANCEL_THERE = "cancel there"
    """The appointment was cancelled in this system, and is still booked in the calendar."""
    FOLLOWED = "followed"
    """The booking was moved, and the calendar replaced it with another booking, which is read next."""
    NOTHING = "nothing"


NEVER_MIRRORED = {SourceStatus.CANCELLED, SourceStatus.NO_SHOW, SourceStatus.WAITING, SourceStatus.NO_APPOINTMENT}


def change_of(mirrored: Mirrored | None, source: SourceBooking, *, customer_id: UUID | None, now: datetime) -> Change:
    """Returns how this read changes the appointment. `customer_id` is the customer whom the calendar names, if known.

    Returns NOTHING if the same state is read again, late or out of order.
    """
    if source.followed_by:
        return Change.FOLLOWED
    if mirrored is None:
        return _of_unknown(source, now=now)
    if not mirrored.live:
        return _of_ended(mirrored, source, now=now)
    if source.status is not SourceStatus.BOOKED:
        return ENDED.get(source.status, Change.NOTHING)
    if _has_length(source) and not mirrored.moving and _moved(mirrored, source):
        return Change.MOVED
    other = customer_id is not None and customer_id != mirrored.customer_id and source.our_id is None
    return Change.OTHER_CUSTOMER if other else Change.NOTHING


ENDED = {
    SourceStatus.CANCELLED: Change.CANCELLED,
    SourceStatus.NO_SHOW: Change.NO_SHOW,
    SourceStatus.NO_APPOINTMENT: Change.WITHDRAWN,
}


def _of_unknown(source: SourceBooking, *, now: datetime) -> Change:
    if source.status in NEVER_MIRRORED or not _lies_ahead(source, now):
        return Change.NOTHING
    return Change.NEW


def _lies_ahead(source: SourceBooking, now: datetime) -> bool:
    """Whether the booking is an appointment in the future. An event without a length is not an appointment."""
    return _has_length(source) and source.starts_at is not None and source.starts_at > now


def _has_length(source: SourceBooking) -> bool:
    starts_at, ends_at = source.starts_at, source.ends_at
    return starts_at is not None and ends_at is not None and ends_at > starts_at


def _of_ended(mirrored: Mirrored, source: SourceBooking, *, now: datetime) -> Change:
    """Decides about an appointment that is no longer live in this system, but may still be booked in the calendar."""
    if mirrored.status is not BookingStatus.CANCELLED or source.status is not SourceStatus.BOOKED:
        return Change.NOTHING
    if not _lies_ahead(source, now):
        return Change.NOTHING
    return Change.NEW if mirrored.cancelled_by == BY_CALENDAR else Change.CANCEL_THERE


def _moved(mirrored: Mirrored, source: SourceBooking) -> bool:
    staff_id = source.staff.external_id if source.staff else None
    times = (source.starts_at, source.ends_at) != (mirrored.starts_at, mirrored.ends_at)
    # The calendar chooses the performer of a booking that this system made, so a change of the performer frees no
    # time.
    other_staff = bool(mirrored.staff_id and staff_id) and staff_id != mirrored.staff_id
    return times or (other_staff and source.our_id is None)
