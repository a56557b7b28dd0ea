"""Decides which later appointment of a customer may be moved to an earlier slot, or why it may not be moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.policy import Policy
from domain.wishes import SlotTime

REST = timedelta(days=7)
"""The time after a move during which the booking is not offered another move."""


class NotMoved(StrEnum):
    """The reasons why an appointment is not moved up, as sentences for the shop."""

    OFF = "The shop does not offer earlier times."
    CHAIN_ENDED = "Enough customers were moved up after this cancellation."
    TOO_FAR = "Their appointment is too far in the future."
    OTHER_PERFORMER = "Their appointment is with another member of staff."
    SERVICE_UNKNOWN = "It is not known whether their appointment is for the same service."
    OTHER_SERVICE = "Their appointment is for another service."
    OTHER_LENGTH = "Their appointment has another length."
    BEING_PAID = "Their appointment is being paid for."
    BEING_MOVED = "Their appointment is being moved or cancelled."
    MOVED_LATELY = "Their appointment was moved less than a week ago."


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterBooking:
    """A booked appointment that starts at or after the slot's end. `moved_at`: the latest move. Times are UTC."""

    id: UUID
    starts_at: datetime
    length: timedelta
    performer_id: UUID | None = None
    service_id: UUID | None = None
    service: str | None = None
    moved_at: datetime | None = None
    being_paid: bool = False
    being_moved: bool = False


def why_not_moved(booking: LaterBooking, slot: SlotTime, *, now: datetime, policy: Policy) -> NotMoved | None:
    """Returns the first reason why the appointment may not be moved to the slot, or None if it may be moved."""
    other_performer = booking.performer_id is not None and booking.performer_id != slot.performer_id
    judged = (
        (NotMoved.OFF, not policy.move_up),
        (NotMoved.CHAIN_ENDED, slot.chain_depth >= policy.move_up_chain),
        (NotMoved.TOO_FAR, booking.starts_at > slot.starts_at + policy.move_up_within),
        (NotMoved.OTHER_PERFORMER, other_performer),
        *((reason, True) for reason in _other_service(booking, slot)),
        (NotMoved.BEING_PAID, booking.being_paid),
        (NotMoved.BEING_MOVED, booking.being_moved),
        (NotMoved.MOVED_LATELY, booking.moved_at is not None and booking.moved_at > now - REST),
    )
    return next((reason for reason, refused in judged if refused), None)


def _other_service(booking: LaterBooking, slot: SlotTime) -> Iterable[NotMoved]:
    """Compares the services by id, otherwise by name, or compares the lengths if no service is known."""
    pairs = ((booking.service_id, slot.service_id), (booking.service, slot.service))
    known = next(((ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None), None)
    if known is not None and known[0] != known[1]:
        yield NotMoved.OTHER_SERVICE
    if known is None and any(name is not None for pair in pairs for name in pair):
        yield NotMoved.SERVICE_UNKNOWN
    if booking.length > slot.length or (known is None and booking.length != slot.length):
        yield NotMoved.OTHER_LENGTH


def booking_to_move(
    bookings: Iterable[LaterBooking], slot: SlotTime, *, now: datetime, policy: Policy
) -> LaterBooking | None:
    """Returns the earliest of the customer's appointments that may be moved to the slot, or None."""
    movable = (b for b in bookings if why_not_moved(b, slot, now=now, policy=policy) is None)
    return min(movable, key=lambda booking: (booking.starts_at, booking.id), default=None)


def moved_lately(bookings: Iterable[LaterBooking], slot: SlotTime, *, now: datetime, policy: Policy) -> bool:
    """Whether an appointment may not be moved only because it was already moved within a week."""
    return any(why_not_moved(b, slot, now=now, policy=policy) is NotMoved.MOVED_LATELY for b in bookings)
