"""What becomes of an appointment whose time is over."""

from dataclasses import dataclass

from domain.state import BookingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAppointment:
    """An appointment that is over. `paid`: its deposit came and stayed; one given back did not."""

    status: BookingStatus
    payment_required: bool
    paid: bool


def outcome_of(past: PastAppointment) -> BookingStatus:
    """Settled when its deposit was paid or none was due, else voided. A booking that still waited for it owed it."""
    owed = past.payment_required or past.status is BookingStatus.PENDING_PAYMENT
    return BookingStatus.SETTLED if past.paid or not owed else BookingStatus.VOIDED
