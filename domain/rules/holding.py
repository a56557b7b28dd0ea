"""What becomes of a hold that is not paid: declined, abandoned, given up, released once its payment is cancelled."""

from dataclasses import replace

from domain import events as ev
from domain.effects import SendText
from domain.rules.moves import end_offer, give_up_payment, id_of, look_again, nothing, with_payment
from domain.rules.offering import forget_late_yes
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, Moment, on
from domain.state import BookingStatus, OfferStatus, Payment, PaymentStatus, Recovery, ReleaseReason
from domain.templates import Kind


def _held_payment(r: Recovery, event: ev.PaymentDeclined | ev.HoldDeadlinePassed) -> Payment | None:
    """The payment the hold waits for, unless it is being given up or waits for a human."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id or payment.releasing or payment.needs_human:
        return None
    return payment


@on(HOLDING, event=ev.PaymentDeclined, to=())
def count_decline(r: Recovery, event: ev.PaymentDeclined, at: Moment, /) -> Decision:
    """A declined card counts; after the last attempt the hold is given up, cancelling the payment first."""
    payment = _held_payment(r, event)
    if payment is None:
        return nothing(r, "This payment is no longer waited for.")
    counted = replace(payment, failures=payment.failures + 1)
    if counted.failures < at.policy.payment_attempts:
        return Decision(with_payment(r, counted), (), f"{event.because} The customer may try again.")
    return give_up_payment(r, counted, ReleaseReason.FAILED, event.because)


@on(HOLDING, event=ev.HoldDeadlinePassed, to=())
def end_hold(r: Recovery, event: ev.HoldDeadlinePassed, at: Moment, /) -> Decision:
    """Not paid in time: the hold is given up, cancelling the payment first."""
    payment = _held_payment(r, event)
    if payment is None or payment.expires_at is None or payment.expires_at > at.now:
        return nothing(r, "This hold is not over yet, or is being given up already.")
    return give_up_payment(r, payment, ReleaseReason.ABANDONED, "The deposit was not paid in time.")


@on(HOLDING, event=ev.OfferDeclined, to=(LOOKING, CLOSED))
def give_up_hold(r: Recovery, event: ev.OfferDeclined, at: Moment, /) -> Decision:
    """The customer gave the slot up before paying: the payment is cancelled first."""
    if id_of(r.current.offer) != event.offer_id:
        return forget_late_yes(r, event, at)
    return _let_go(r, at, "The customer gave the slot up before paying.")


@on(HOLDING, event=ev.CustomerOptedOut, to=(LOOKING, CLOSED))
def give_up_hold_on_stop(r: Recovery, event: ev.CustomerOptedOut, at: Moment, /) -> Decision:
    """STOP or CANCEL before paying gives the slot up too: the payment is cancelled first."""
    if id_of(r.current.offer) != event.offer_id:
        return nothing(r, "This offer was over already.")
    return _let_go(r, at, "The customer wants no more texts, before paying.")


def _let_go(r: Recovery, at: Moment, because: str) -> Decision:
    payment = r.current.payment
    if payment is None:
        # Rows from outside: nothing was ever asked of the payment company.
        return _free(r, None, ReleaseReason.DECLINED, at)
    if payment.releasing:
        return nothing(r, "This hold is being given up already.")
    return give_up_payment(r, payment, ReleaseReason.DECLINED, because)


AFTER_RELEASE: dict[ReleaseReason, tuple[PaymentStatus, Kind | None, str]] = {
    ReleaseReason.FAILED: (
        PaymentStatus.FAILED,
        Kind.PAYMENT_FAILED,
        "The payment failed and can't succeed any more.",
    ),
    ReleaseReason.ABANDONED: (
        PaymentStatus.CANCELLED,
        Kind.HOLD_EXPIRED,
        "The deposit was not paid in time.",
    ),
    ReleaseReason.DECLINED: (PaymentStatus.CANCELLED, None, "The customer gave the slot up before paying."),
}


@on(HOLDING, event=ev.PaymentCancelled, to=(LOOKING, CLOSED))
def release(r: Recovery, event: ev.PaymentCancelled, at: Moment, /) -> Decision:
    """The payment can't succeed any more: the booking is released, and the next customer is asked."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id:
        return settle_cancelled(r, event, at)
    return _free(r, payment, payment.releasing or ReleaseReason.ABANDONED, at)


def _free(r: Recovery, payment: Payment | None, reason: ReleaseReason, at: Moment) -> Decision:
    booking = r.current.booking
    if booking is None:
        return nothing(r, "Nothing is held.")
    status, text, because = AFTER_RELEASE[reason]
    ended = end_offer(r, OfferStatus.DECLINED, at)
    attempt = replace(
        ended.current,
        booking=replace(booking, status=BookingStatus.CANCELLED),
        payment=payment and replace(payment, status=status, releasing=None),
    )
    texts = (SendText(text, booking.customer_id, booking.id),) if text else ()
    return look_again(replace(ended, current=attempt), at, because, *texts)


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentCancelled, to=())
def settle_cancelled(r: Recovery, event: ev.PaymentCancelled, at: Moment, /) -> Decision:
    """A payment of an earlier attempt is over for good."""
    payment = r.past.payment
    if payment is None or payment.id != event.payment_id or payment.status is not PaymentStatus.PENDING:
        return nothing(r, "This payment is known already.")
    over = replace(payment, status=PaymentStatus.CANCELLED, releasing=None)
    return Decision(replace(r, past=replace(r.past, payment=over)), (), "This payment can't succeed any more.")
