"""Rules for cancelling and moving an appointment, and for reselling its time."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.policy import Policy
from domain.state import LIVE_BOOKINGS, BookingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFacts:
    """The data about an appointment that the rules need. `starts_at` is UTC."""

    status: BookingStatus
    starts_at: datetime
    payment_required: bool
    paid: bool
    """A deposit payment succeeded and was not refunded."""
    once_paid: bool = False
    """A deposit payment succeeded, and may have been refunded since."""
    payable: bool = False
    """A payment for the appointment can still succeed."""
    was: BookingStatus | None = None
    """The status before the cancellation, if known."""
    moved_up: bool = False
    """The appointment was replaced by an earlier booking, to which its deposit was transferred."""


class Verdict(Enum):
    """Whether and how an appointment is cancelled."""

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
    """Decides whether and how the appointment can be cancelled at `now` (UTC).

    Cancelling it again is not an error.
    """
    verdict = BY_STATUS[appointment.status]
    if verdict is Verdict.CANCEL and appointment.payable and not appointment.paid:
        verdict = Verdict.CANCEL_PAYMENT_FIRST
    live = verdict in {Verdict.CANCEL, Verdict.CANCEL_PAYMENT_FIRST}
    return Verdict.TOO_LATE if live and appointment.starts_at <= now else verdict


def why_not_sold_again(appointment: AppointmentFacts, *, now: datetime, policy: Policy) -> str | None:
    """Returns why the time of a cancelled appointment is not resold, or None if it is resold."""
    if appointment.status is not BookingStatus.CANCELLED:
        return "The appointment is not cancelled."
    return why_time_not_sold(appointment, now=now, policy=policy)


def why_time_not_sold(appointment: AppointmentFacts, *, now: datetime, policy: Policy) -> str | None:
    """Returns why a time that the appointment no longer needs is not resold, or None if it is resold.

    `starts_at` must be the start of that time, which for a moved appointment is the old start.
    """
    if appointment.starts_at <= now:
        return "The appointment is past."
    if not policy.recovery_enabled:
        return "The shop has turned recovery off."
    unpaid = appointment.payment_required and not (appointment.paid or appointment.once_paid or appointment.moved_up)
    if (unpaid or appointment.was is BookingStatus.PENDING_PAYMENT) and not policy.recover_unpaid:
        return "The appointment was never paid."
    return None


class MoveRefusal(Enum):
    """The reasons why an appointment can't be moved."""

    NOT_LIVE = "The appointment is cancelled, settled or voided."
    PAST = "The appointment is past."
    PAYMENT_AWAITED = "The slot is held until its deposit is paid."
    INTO_THE_PAST = "The new time is past."
    IN_CALENDAR = "It was booked in a calendar that can't be changed from here. Move it there."


def why_not_movable(
    appointment: AppointmentFacts, *, to: datetime, now: datetime, held_slot: bool
) -> MoveRefusal | None:
    """Returns the reason why the appointment can't be moved to `to` (UTC), or None if it can be moved.

    `held_slot`: whether a recovery sold the appointment.
    """
    if appointment.status not in LIVE_BOOKINGS:
        return MoveRefusal.NOT_LIVE
    if appointment.starts_at <= now:
        return MoveRefusal.PAST
    if held_slot and appointment.status is BookingStatus.PENDING_PAYMENT:
        return MoveRefusal.PAYMENT_AWAITED
    return MoveRefusal.INTO_THE_PAST if to <= now else None
