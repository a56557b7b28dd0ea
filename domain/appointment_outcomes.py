"""The outcome of an appointment that has ended: settled or voided."""

from dataclasses import dataclass

from domain.state import BookingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAppointment:
    """An appointment that has ended. `paid`: the deposit was paid and not refunded."""

    status: BookingStatus
    payment_required: bool
    paid: bool


def outcome_of(past: PastAppointment) -> BookingStatus:
    """Returns "settled" if the deposit was paid or no deposit was due, otherwise "voided".

    An appointment in the status `pending_payment` required a deposit.
    """
    deposit_due = past.payment_required or past.status is BookingStatus.PENDING_PAYMENT
    return BookingStatus.SETTLED if past.paid or not deposit_due else BookingStatus.VOIDED
