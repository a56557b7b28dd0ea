"""Offers the time that a shorter appointment leaves of a slot, if a service of the shop fits into it."""

from datetime import datetime

from domain.effects import OpenRemainingTime
from domain.policy import Policy
from domain.replacing import replace
from domain.rules.table import Decision
from domain.state import BookingStatus, Offer, Recovery


def booked_until(r: Recovery, offer: Offer, policy: Policy) -> datetime:
    """The end of the appointment that a YES books: that of the slot, or earlier if the rest can be sold."""
    shortest, until = r.slot.shortest_service, offer.books_until
    if not policy.sell_rest or shortest is None or until is None or r.slot.ends_at - until < shortest:
        return r.slot.ends_at
    return until


def long_enough(r: Recovery, ends_at: datetime | None) -> bool:
    """Whether an appointment until `ends_at` still fits. The rest of the slot may have been sold in the meantime."""
    return ends_at is None or ends_at <= r.slot.ends_at


def with_remaining_time(decision: Decision) -> Decision:
    """Shortens the slot to its confirmed booking, and offers the time that is left."""
    r = decision.recovery
    booking, offer = r.current.booking, r.current.offer
    if booking is None or booking.status is not BookingStatus.BOOKED or booking.ends_at is None or offer is None:
        return decision
    if booking.ends_at != offer.books_until or booking.ends_at >= r.slot.ends_at:
        return decision
    shorter = replace(r, slot=replace(r.slot, ends_at=booking.ends_at))
    opened = OpenRemainingTime(booking.ends_at, r.slot.ends_at)
    return replace(decision, recovery=shorter, effects=(*decision.effects, opened))
