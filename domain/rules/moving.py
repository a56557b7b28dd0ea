"""A YES to a move-up: the booking replaces the customer's later appointment, and never the reverse."""

from domain.effects import Effect, ReplaceAppointment
from domain.state import Attempt, Offer, Recovery

NOT_STANDING = "The later appointment was moved or cancelled meanwhile."


def needs_payment(r: Recovery, offer: Offer) -> bool:
    """Whether a YES to this offer needs a payment. A moved appointment keeps its paid deposit."""
    return r.slot.deposit_cents > 0 and (offer.move is None or offer.move.unpaid)


def can_be_moved(offer: Offer) -> bool:
    """Whether the appointment that the offer moves is unchanged since the offer; True if it moves none."""
    return offer.move is None or offer.move.standing


def replaced(attempt: Attempt) -> tuple[Effect, ...]:
    """The effect that ends the old appointment once the booking is confirmed, or nothing if it has already ended."""
    booking, move = attempt.booking, attempt.offer.move if attempt.offer else None
    if booking is None or booking.moved_from is None or move is None or not move.live:
        return ()
    return (ReplaceAppointment(booking.moved_from, booking.id),)
