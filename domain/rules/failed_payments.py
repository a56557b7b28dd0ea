"""Rules for holds that were not paid. A hold is released only after its payment was cancelled at Stripe."""

from dataclasses import dataclass

from domain import events as ev
from domain.effects import SendText
from domain.policy import asking_ends_at, window_ends_at
from domain.replacing import replace
from domain.rules.offering import withdraw_late_yes
from domain.rules.state_changes import (
    cannot_charge,
    close,
    end_offer,
    id_of,
    no_change,
    request_release,
    search_again,
    with_payment,
)
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.write_back import release_taken
from domain.state import (
    UNDECIDED,
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
    """Returns the event's payment if it belongs to the hold and is neither being released nor flagged for staff."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id or payment.releasing or payment.needs_human:
        return None
    return payment


@on(HOLDING, event=ev.PaymentDeclined, to=())
def count_declined_card(r: Recovery, event: ev.PaymentDeclined, context: DecisionContext, /) -> Decision:
    """Counts a declined card. After the last permitted attempt, requests the release of the hold."""
    payment = _held_payment(r, event)
    if payment is None:
        return no_change(r, "The hold no longer waits for this payment.")
    counted = replace(payment, failures=payment.failures + 1)
    if counted.failures < context.policy.payment_attempts:
        return Decision(with_payment(r, counted), (), f"{event.reason} The customer may try again.")
    return request_release(r, counted, ReleaseReason.FAILED, event.reason)


@on(HOLDING, event=ev.HoldDeadlinePassed, to=())
def end_hold(r: Recovery, event: ev.HoldDeadlinePassed, context: DecisionContext, /) -> Decision:
    """Requests the release of a hold that was not paid in time. Extends the hold if the payment link is not ready."""
    payment = _held_payment(r, event)
    if payment is None or payment.expires_at is None or payment.expires_at > context.now:
        return no_change(r, "The hold has not expired yet, or is already being released.")
    if payment.link_pending and context.now < asking_ends_at(r.slot.starts_at, context.policy):
        until = window_ends_at(context.now, context.policy.payment_window, r.slot.starts_at)
        later = with_payment(r, replace(payment, expires_at=until))
        return Decision(later, (), "The payment link is not ready yet; the time to pay starts once it is.")
    return request_release(r, payment, ReleaseReason.ABANDONED, "The deposit was not paid in time.")


@on(HOLDING, event=ev.OfferDeclined, to=(LOOKING, CLOSED))
def release_hold_on_decline(r: Recovery, event: ev.OfferDeclined, context: DecisionContext, /) -> Decision:
    """Requests the release of the hold when the customer gives up the slot before paying."""
    if id_of(r.current.offer) != event.offer_id:
        return withdraw_late_yes(r, event, context)
    return _release_hold(r, context, event.reason or "The customer gave up the slot before paying.")


@on(HOLDING, event=ev.CustomerOptedOut, to=(LOOKING, CLOSED))
def release_hold_on_opt_out(r: Recovery, event: ev.CustomerOptedOut, context: DecisionContext, /) -> Decision:
    """Requests the release of the hold when the customer opts out (STOP, CANCEL) before paying."""
    if id_of(r.current.offer) != event.offer_id:
        return no_change(r, "The offer had already ended.")
    return _release_hold(r, context, "The customer opted out of texts before paying.")


def _release_hold(r: Recovery, context: DecisionContext, reason: str) -> Decision:
    payment = r.current.payment
    if payment is None:
        # A booking that was inserted by SQL has no PaymentIntent to cancel.
        return _release_booking(r, None, ReleaseReason.DECLINED, context)
    if payment.releasing:
        return no_change(r, "The hold is already being released.")
    return request_release(r, payment, ReleaseReason.DECLINED, reason)


@dataclass(frozen=True, slots=True)
class Released:
    """The result of a release: the payment's status, the end of the offer, the customer's text, and the reason."""

    status: PaymentStatus
    ended_as: EndedAs
    text: TextKind | None
    reason: str


AFTER_RELEASE: dict[ReleaseReason, Released] = {
    ReleaseReason.FAILED: Released(
        PaymentStatus.FAILED,
        EndedAs.CARD_DECLINED,
        TextKind.PAYMENT_FAILED,
        "The payment failed and can no longer succeed.",
    ),
    ReleaseReason.ABANDONED: Released(
        PaymentStatus.CANCELLED,
        EndedAs.NOT_PAID,
        TextKind.HOLD_EXPIRED,
        "The deposit was not paid in time.",
    ),
    ReleaseReason.DECLINED: Released(
        PaymentStatus.CANCELLED, EndedAs.GIVEN_UP, None, "The slot was given up before it was paid."
    ),
}
LINK_NEVER_READY = Released(
    PaymentStatus.CANCELLED,
    EndedAs.CANNOT_CHARGE,
    TextKind.PAYMENT_UNAVAILABLE,
    "The payment link could not be created in time.",
)
"""The result if the hold ended before the customer received a payment link."""


@on(HOLDING, event=ev.PaymentCancelled, to=(LOOKING, CLOSED))
def release(r: Recovery, event: ev.PaymentCancelled, context: DecisionContext, /) -> Decision:
    """Cancels the booking after its payment was cancelled, and searches for the next customer."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id:
        return record_cancelled_payment(r, event, context)
    if payment.releasing is ReleaseReason.TAKEN and r.current.booking is not None:
        return release_taken(r, r.current.booking, payment, context)
    return _release_booking(r, payment, payment.releasing or ReleaseReason.ABANDONED, context)


def _release_booking(
    r: Recovery, payment: Deposit | None, release_reason: ReleaseReason, context: DecisionContext
) -> Decision:
    booking = r.current.booking
    if booking is None:
        return no_change(r, "Nothing is held.")
    without_link = release_reason is ReleaseReason.ABANDONED and payment is not None and payment.link_pending
    after = LINK_NEVER_READY if without_link else AFTER_RELEASE[release_reason]
    texts = (SendText(after.text, booking.customer_id, appointment_id=booking.id),) if after.text else ()
    return search_again(_cancel_booking(r, booking, after, context), context, after.reason, *texts)


def _cancel_booking(r: Recovery, booking: Booking, after: Released, context: DecisionContext) -> Recovery:
    ended = end_offer(r, OfferStatus.DECLINED, context, after.ended_as)
    payment = r.current.payment
    attempt = replace(
        ended.current,
        booking=replace(booking, status=BookingStatus.CANCELLED),
        payment=payment and replace(payment, status=after.status, releasing=None),
    )
    return replace(ended, current=attempt)


@on(HOLDING, event=ev.PaymentRefused, to=(CLOSED,))
def close_on_refused_payment(r: Recovery, event: ev.PaymentRefused, context: DecisionContext, /) -> Decision:
    """Closes the slot if Stripe refuses to create the payment. A restarted search begins with the same customer."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return no_change(r, "The hold no longer waits for this payment.")
    # A repeated YES pays the corrected deposit, because the deposit of the offer can't be charged.
    offer = r.current.offer and replace(r.current.offer, deposit=None)
    r = replace(r, current=replace(r.current, offer=offer))
    reason = f"The deposit can't be charged. {event.reason}"
    if payment.releasing is ReleaseReason.TAKEN:
        return release_taken(r, booking, payment, context)
    if payment.releasing:
        released = _cancel_booking(r, booking, AFTER_RELEASE[payment.releasing], context)
        return close(released, ClosedAs.CANNOT_CHARGE, reason, cannot_charge(event.reason))
    waiting = offer and replace(offer, late_yes_at=offer.accepted_at or context.now)
    first_in_line = replace(r, current=replace(r.current, offer=waiting))
    released = _cancel_booking(first_in_line, booking, LINK_NEVER_READY, context)
    text = SendText(TextKind.PAYMENT_UNAVAILABLE, booking.customer_id, appointment_id=booking.id)
    return close(released, ClosedAs.CANNOT_CHARGE, reason, text, cannot_charge(event.reason))


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentCancelled, to=())
def record_cancelled_payment(r: Recovery, event: ev.PaymentCancelled, context: DecisionContext, /) -> Decision:
    """Records that the payment of an earlier attempt was cancelled."""
    payment = r.past.payment
    if payment is None or payment.id != event.payment_id or payment.status not in UNDECIDED:
        return no_change(r, "The payment is already recorded.")
    over = replace(payment, status=PaymentStatus.CANCELLED, releasing=None)
    return Decision(replace(r, past=replace(r.past, payment=over)), (), "The payment can no longer succeed.")
