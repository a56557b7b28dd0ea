"""The outcome of an appointment after its end: settled or voided."""

from dataclasses import dataclass

from domain.state import BookingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAppointment:
    """An appointment that has ended. `paid`: its deposit was paid and not refunded."""

    status: BookingStatus
    payment_required: bool
    paid: bool


def outcome_of(past: PastAppointment) -> BookingStatus:
    """Settled if its deposit was paid or none was due, otherwise voided. In `pending_payment` a deposit was due."""
    deposit_due = past.payment_required or past.status is BookingStatus.PENDING_PAYMENT
    return BookingStatus.SETTLED if past.paid or not deposit_due else BookingStatus.VOIDED
