"""What may be cancelled, how, and whether the time is sold again."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.policy import Policy
from domain.state import BookingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFacts:
    """What the rules know of an appointment. `starts_at` is UTC."""

    status: BookingStatus
    starts_at: datetime
    payment_required: bool
    paid: bool
    """A payment of it succeeded, and the money is in hand."""
    once_paid: bool = False
    """A payment of it succeeded once; the money may have been refunded since."""
    payable: bool = False
    """A payment of it could still succeed."""
    was: BookingStatus | None = None
    """What it was before it was cancelled, where that is known."""


class Verdict(Enum):
    """How a cancellation proceeds."""

    CANCEL = "cancel"
    CANCEL_PAYMENT_FIRST = "cancel the payment first"
    ALREADY_CANCELLED = "already cancelled"
    TOO_LATE = "The appointment is past."
    OVER = "The appointment is settled or voided."


REFUSALS = frozenset({Verdict.TOO_LATE, Verdict.OVER})

BY_STATUS: dict[BookingStatus, Verdict] = {
    BookingStatus.BOOKED: Verdict.CANCEL,
    BookingStatus.PENDING_PAYMENT: Verdict.CANCEL_PAYMENT_FIRST,
    BookingStatus.CANCELLED: Verdict.ALREADY_CANCELLED,
    BookingStatus.SETTLED: Verdict.OVER,
    BookingStatus.VOIDED: Verdict.OVER,
}


def judge(appointment: AppointmentFacts, *, now: datetime) -> Verdict:
    """Whether this appointment can be cancelled now. A repeat is welcome and changes nothing."""
    verdict = BY_STATUS[appointment.status]
    if verdict is Verdict.CANCEL and appointment.payable and not appointment.paid:
        verdict = Verdict.CANCEL_PAYMENT_FIRST
    live = verdict in {Verdict.CANCEL, Verdict.CANCEL_PAYMENT_FIRST}
    return Verdict.TOO_LATE if live and appointment.starts_at <= now else verdict


def why_not_sold_again(appointment: AppointmentFacts, *, now: datetime, policy: Policy) -> str | None:
    """None when the cancelled appointment opens a slot, else the reason why it doesn't."""
    if appointment.status is not BookingStatus.CANCELLED:
        return "The appointment is not cancelled."
    if appointment.starts_at <= now:
        return "The appointment is past."
    if not policy.recovery_enabled:
        return "The shop has switched recovery off."
    unpaid = appointment.payment_required and not (appointment.paid or appointment.once_paid)
    if (unpaid or appointment.was is BookingStatus.PENDING_PAYMENT) and not policy.recover_unpaid:
        return "The appointment was never paid."
    return None
