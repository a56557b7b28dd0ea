"""What becomes of a hold that is not paid: declined, abandoned, given up, released once its payment is cancelled."""

from dataclasses import dataclass, replace

from domain import events as ev
from domain.effects import SendText
from domain.policy import asking_ends_at, window_ends_at
from domain.rules.offering import forget_late_yes
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.transitions import (
    cannot_charge,
    close,
    end_offer,
    give_up_payment,
    id_of,
    look_again,
    nothing,
    with_payment,
)
from domain.state import (
    Booking,
    BookingStatus,
    ClosedAs,
    Deposit,
    EndedAs,
    OfferStatus,
    PaymentStatus,
    Recovery,
    ReleaseReason,
)
from domain.templates import TextKind


def _held_payment(r: Recovery, event: ev.PaymentDeclined | ev.HoldDeadlinePassed) -> Deposit | None:
    """The payment the hold waits for, unless it is being given up or waits for a human."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id or payment.releasing or payment.needs_human:
        return None
    return payment


@on(HOLDING, event=ev.PaymentDeclined, to=())
def count_decline(r: Recovery, event: ev.PaymentDeclined, at: DecisionContext, /) -> Decision:
    """A declined card counts; after the last attempt the hold is given up, cancelling the payment first."""
    payment = _held_payment(r, event)
    if payment is None:
        return nothing(r, "This payment is no longer waited for.")
    counted = replace(payment, failures=payment.failures + 1)
    if counted.failures < at.policy.payment_attempts:
        return Decision(with_payment(r, counted), (), f"{event.reason} The customer may try again.")
    return give_up_payment(r, counted, ReleaseReason.FAILED, event.reason)


@on(HOLDING, event=ev.HoldDeadlinePassed, to=())
def end_hold(r: Recovery, event: ev.HoldDeadlinePassed, at: DecisionContext, /) -> Decision:
    """Not paid in time: the hold is given up, cancelling the payment first. No time runs without a payment link."""
    payment = _held_payment(r, event)
    if payment is None or payment.expires_at is None or payment.expires_at > at.now:
        return nothing(r, "This hold is not over yet, or is being given up already.")
    if payment.link_pending and at.now < asking_ends_at(r.slot.starts_at, at.policy):
        until = window_ends_at(at.now, at.policy.payment_window, r.slot.starts_at)
        later = with_payment(r, replace(payment, expires_at=until))
        return Decision(later, (), "The payment link is not ready yet; the time to pay begins with it.")
    return give_up_payment(r, payment, ReleaseReason.ABANDONED, "The deposit was not paid in time.")


@on(HOLDING, event=ev.OfferDeclined, to=(LOOKING, CLOSED))
def give_up_hold(r: Recovery, event: ev.OfferDeclined, at: DecisionContext, /) -> Decision:
    """The customer gave the slot up before paying: the payment is cancelled first."""
    if id_of(r.current.offer) != event.offer_id:
        return forget_late_yes(r, event, at)
    return _let_go(r, at, "The customer gave the slot up before paying.")


@on(HOLDING, event=ev.CustomerOptedOut, to=(LOOKING, CLOSED))
def give_up_hold_on_stop(r: Recovery, event: ev.CustomerOptedOut, at: DecisionContext, /) -> Decision:
    """STOP or CANCEL before paying gives the slot up too: the payment is cancelled first."""
    if id_of(r.current.offer) != event.offer_id:
        return nothing(r, "This offer was over already.")
    return _let_go(r, at, "The customer wants no more texts, before paying.")


def _let_go(r: Recovery, at: DecisionContext, reason: str) -> Decision:
    payment = r.current.payment
    if payment is None:
        # Rows from outside: nothing was ever asked of the payment company.
        return _free(r, None, ReleaseReason.DECLINED, at)
    if payment.releasing:
        return nothing(r, "This hold is being given up already.")
    return give_up_payment(r, payment, ReleaseReason.DECLINED, reason)


@dataclass(frozen=True, slots=True)
class Released:
    """What a release leaves behind: the payment's status, why the offer ended, the text, the reason."""

    status: PaymentStatus
    ended_as: EndedAs
    text: TextKind | None
    reason: str


AFTER_RELEASE: dict[ReleaseReason, Released] = {
    ReleaseReason.FAILED: Released(
        PaymentStatus.FAILED,
        EndedAs.CARD_DECLINED,
        TextKind.PAYMENT_FAILED,
        "The payment failed and can't succeed any more.",
    ),
    ReleaseReason.ABANDONED: Released(
        PaymentStatus.CANCELLED,
        EndedAs.NOT_PAID,
        TextKind.HOLD_EXPIRED,
        "The deposit was not paid in time.",
    ),
    ReleaseReason.DECLINED: Released(
        PaymentStatus.CANCELLED, EndedAs.GIVEN_UP, None, "The customer gave the slot up before paying."
    ),
}
NEVER_ASKED = Released(
    PaymentStatus.CANCELLED,
    EndedAs.CANNOT_CHARGE,
    TextKind.PAYMENT_UNAVAILABLE,
    "The payment link could not be made in time.",
)
"""The hold ended before the customer had a payment link: nothing of it is the customer's doing."""


@on(HOLDING, event=ev.PaymentCancelled, to=(LOOKING, CLOSED))
def release(r: Recovery, event: ev.PaymentCancelled, at: DecisionContext, /) -> Decision:
    """The payment can't succeed any more: the booking is released, and the next customer is asked."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id:
        return settle_cancelled(r, event, at)
    return _free(r, payment, payment.releasing or ReleaseReason.ABANDONED, at)


def _free(r: Recovery, payment: Deposit | None, release_reason: ReleaseReason, at: DecisionContext) -> Decision:
    booking = r.current.booking
    if booking is None:
        return nothing(r, "Nothing is held.")
    without_link = release_reason is ReleaseReason.ABANDONED and payment is not None and payment.link_pending
    after = NEVER_ASKED if without_link else AFTER_RELEASE[release_reason]
    texts = (SendText(after.text, booking.customer_id, appointment_id=booking.id),) if after.text else ()
    return look_again(_let_booking_go(r, booking, after, at), at, after.reason, *texts)


def _let_booking_go(r: Recovery, booking: Booking, after: Released, at: DecisionContext) -> Recovery:
    ended = end_offer(r, OfferStatus.DECLINED, at, after.ended_as)
    payment = r.current.payment
    attempt = replace(
        ended.current,
        booking=replace(booking, status=BookingStatus.CANCELLED),
        payment=payment and replace(payment, status=after.status, releasing=None),
    )
    return replace(ended, current=attempt)


@on(HOLDING, event=ev.PaymentRefused, to=(CLOSED,))
def stop_selling(r: Recovery, event: ev.PaymentRefused, at: DecisionContext, /) -> Decision:
    """Stripe refuses the payment as the shop asked for it: nobody else is asked, and the YES keeps its place."""
    payment, booking, offer = r.current.payment, r.current.booking, r.current.offer
    if payment is None or booking is None or payment.id != event.payment_id:
        return nothing(r, "This payment is not waited for any more.")
    reason = f"The deposit can't be charged. {event.reason}"
    if payment.releasing:
        released = _let_booking_go(r, booking, AFTER_RELEASE[payment.releasing], at)
        return close(released, ClosedAs.CANNOT_CHARGE, reason, cannot_charge(event.reason))
    waiting = offer and replace(offer, late_yes_at=offer.accepted_at or at.now)
    first_in_line = replace(r, current=replace(r.current, offer=waiting))
    released = _let_booking_go(first_in_line, booking, NEVER_ASKED, at)
    text = SendText(TextKind.PAYMENT_UNAVAILABLE, booking.customer_id, appointment_id=booking.id)
    return close(released, ClosedAs.CANNOT_CHARGE, reason, text, cannot_charge(event.reason))


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentCancelled, to=())
def settle_cancelled(r: Recovery, event: ev.PaymentCancelled, at: DecisionContext, /) -> Decision:
    """A payment of an earlier attempt is over for good."""
    payment = r.past.payment
    if payment is None or payment.id != event.payment_id or payment.status is not PaymentStatus.PENDING:
        return nothing(r, "This payment is known already.")
    over = replace(payment, status=PaymentStatus.CANCELLED, releasing=None)
    return Decision(replace(r, past=replace(r.past, payment=over)), (), "This payment can't succeed any more.")
