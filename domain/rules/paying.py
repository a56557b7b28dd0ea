"""What becomes of a payment: ready, paid, declined, abandoned, cancelled, too late."""

from dataclasses import replace

from domain import events as ev
from domain.effects import (
    CancelPayment,
    Effect,
    RefundPayment,
    SendText,
    Severity,
    TellStaff,
)
from domain.policy import window_ends_at
from domain.rules.moves import (
    end_offer,
    give_up_payment,
    id_of,
    look_again,
    nothing,
    recovered,
    with_payment,
)
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, Moment, on
from domain.state import (
    PAID,
    Attempt,
    BookingStatus,
    ClosedAs,
    OfferStatus,
    Payment,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    SlotStatus,
    Stage,
)
from domain.templates import Kind


@on(HOLDING, event=ev.PaymentIntentCreated, to=(HOLDING,))
def fill(r: Recovery, event: ev.PaymentIntentCreated, at: Moment, /) -> Decision:
    """Booking and payment both exist: the slot counts as filled, and the customer gets the link."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return drop_intent(r, event, at)
    slot = replace(r.slot, status=SlotStatus.FILLED)
    if payment.releasing:
        return Decision(replace(r, slot=slot), (CancelPayment(payment.id),), "The hold is being given up.")
    until = window_ends_at(at.now, at.policy.payment_window, r.slot.starts_at)
    held = replace(with_payment(r, replace(payment, expires_at=until)), slot=slot)
    link = SendText(Kind.ACCEPTANCE, booking.customer_id, booking.id)
    return Decision(held, (link,), "The payment link is ready.")


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentIntentCreated, to=tuple(Stage))
def drop_intent(r: Recovery, event: ev.PaymentIntentCreated, at: Moment, /) -> Decision:
    """An intent that came after its hold was over is cancelled."""
    if id_of(r.current.payment) == event.payment_id:
        return nothing(r, "The payment is settled already.")
    return Decision(r, (CancelPayment(event.payment_id),), "The hold was over before the payment was ready.")


@on(HOLDING, event=ev.PaymentSucceeded, to=(HOLDING, RECOVERED))
def book(r: Recovery, event: ev.PaymentSucceeded, at: Moment, /) -> Decision:
    """The deposit is paid: the appointment is booked."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return give_back(r, event, at)
    if _mismatch(payment, event):
        return _ask_a_human(r, payment, event)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None)
    booked = replace(booking, status=BookingStatus.BOOKED)
    after = replace(
        r,
        slot=replace(r.slot, status=SlotStatus.FILLED, closed_as=None),
        current=replace(r.current, booking=booked, payment=paid),
    )
    text = SendText(Kind.CONFIRMATION, booking.customer_id, booking.id)
    return Decision(after, (text, recovered()), "The deposit is paid.")


def _mismatch(payment: Payment, event: ev.PaymentSucceeded) -> bool:
    return (payment.amount_cents, payment.currency.upper()) != (event.amount_cents, event.currency.upper())


def _ask_a_human(r: Recovery, payment: Payment, event: ev.PaymentSucceeded) -> Decision:
    why = "A payment arrived that is not the amount or the currency asked for; nothing was booked."
    flagged = replace(payment, needs_human=why)
    told = TellStaff("needs_human", why, Severity.CRITICAL)
    current = payment is r.current.payment
    after = with_payment(r, flagged) if current else replace(r, past=replace(r.past, payment=flagged))
    return nothing(r, why) if payment.needs_human else Decision(after, (told,), why)


@on(OFFERING, RECOVERED, event=ev.PaymentSucceeded, to=(OFFERING, RECOVERED))
def give_back(r: Recovery, event: ev.PaymentSucceeded, at: Moment, /) -> Decision:
    """Money for a slot that somebody else has by now is given back, once."""
    payment, booking = r.past.payment, r.past.booking
    if payment is None or booking is None or payment.id != event.payment_id or payment.status in PAID:
        return nothing(r, "This payment is known already.")
    if _mismatch(payment, event):
        return _ask_a_human(r, payment, event)
    past = replace(r.past, payment=replace(payment, status=PaymentStatus.REFUNDING))
    effects: tuple[Effect, ...] = (
        RefundPayment(payment.id),
        SendText(Kind.REFUND_APOLOGY, booking.customer_id, payment.id),
        TellStaff("late_payment", "A deposit arrived too late and is given back.", Severity.WARNING),
    )
    return Decision(replace(r, past=past), effects, "The money came after the slot had moved on.")


@on(LOOKING, CLOSED, event=ev.PaymentSucceeded, to=(LOOKING, CLOSED, RECOVERED))
def book_late(r: Recovery, event: ev.PaymentSucceeded, at: Moment, /) -> Decision:
    """Money that comes late books the slot if it is still free, else it is given back."""
    payment, booking, offer = r.past.payment, r.past.booking, r.past.offer
    if payment is None or booking is None or payment.id != event.payment_id or payment.status in PAID:
        return nothing(r, "This payment is known already.")
    if _mismatch(payment, event) or not _still_free(r, at):
        return give_back(r, event, at)
    attempt = Attempt(
        offer=offer and replace(offer, status=OfferStatus.ACCEPTED),
        booking=replace(booking, status=BookingStatus.BOOKED),
        payment=replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None),
    )
    slot = replace(r.slot, status=SlotStatus.FILLED, closed_as=None)
    text = SendText(Kind.CONFIRMATION, booking.customer_id, booking.id)
    return Decision(
        Recovery(slot=slot, current=attempt),
        (text, recovered()),
        "The money came late, but the slot was still free.",
    )


def _still_free(r: Recovery, at: Moment) -> bool:
    by_staff = r.slot.closed_as in {ClosedAs.STOPPED, ClosedAs.SOLD_BY_HAND}
    return not (by_staff or r.slot.taken or r.past.busy or at.now >= r.slot.starts_at)


def _held_payment(r: Recovery, event: ev.PaymentDeclined | ev.HoldDeadlinePassed) -> Payment | None:
    """The payment the hold waits for, unless it is being given up or waits for a human."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id or payment.releasing or payment.needs_human:
        return None
    return payment


@on(HOLDING, event=ev.PaymentDeclined, to=(HOLDING,))
def count_decline(r: Recovery, event: ev.PaymentDeclined, at: Moment, /) -> Decision:
    """A declined card counts; after the last attempt the hold is given up, cancelling the payment first."""
    payment = _held_payment(r, event)
    if payment is None:
        return nothing(r, "This payment is no longer waited for.")
    counted = replace(payment, failures=payment.failures + 1)
    if counted.failures < at.policy.payment_attempts:
        return Decision(with_payment(r, counted), (), f"{event.because} The customer may try again.")
    return give_up_payment(r, counted, ReleaseReason.FAILED, event.because)


@on(HOLDING, event=ev.HoldDeadlinePassed, to=(HOLDING,))
def end_hold(r: Recovery, event: ev.HoldDeadlinePassed, at: Moment, /) -> Decision:
    """Not paid in time: the hold is given up, cancelling the payment first."""
    payment = _held_payment(r, event)
    if payment is None or payment.expires_at is None or payment.expires_at > at.now:
        return nothing(r, "This hold is not over yet, or is being given up already.")
    return give_up_payment(r, payment, ReleaseReason.ABANDONED, "The deposit was not paid in time.")


@on(HOLDING, event=ev.OfferDeclined, to=(HOLDING,))
def give_up_hold(r: Recovery, event: ev.OfferDeclined, at: Moment, /) -> Decision:
    """The customer gave the slot up before paying: the payment is cancelled first."""
    payment = r.current.payment
    if id_of(r.current.offer) != event.offer_id or payment is None or payment.releasing:
        return nothing(r, "This hold is being given up already.")
    return give_up_payment(r, payment, ReleaseReason.DECLINED, "The customer gave the slot up before paying.")


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


@on(HOLDING, event=ev.PaymentCancelled, to=(HOLDING, LOOKING, CLOSED))
def release(r: Recovery, event: ev.PaymentCancelled, at: Moment, /) -> Decision:
    """The payment can't succeed any more: the booking is released, and the next customer is asked."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return settle_cancelled(r, event, at)
    status, text, because = AFTER_RELEASE[payment.releasing or ReleaseReason.ABANDONED]
    ended = end_offer(r, OfferStatus.DECLINED, at)
    released = replace(
        ended,
        current=replace(
            ended.current,
            booking=replace(booking, status=BookingStatus.CANCELLED),
            payment=replace(payment, status=status, releasing=None),
        ),
    )
    texts = (SendText(text, booking.customer_id, booking.id),) if text else ()
    return look_again(released, at, because, *texts)


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentCancelled, to=tuple(Stage))
def settle_cancelled(r: Recovery, event: ev.PaymentCancelled, at: Moment, /) -> Decision:
    """A payment of an earlier attempt is over for good."""
    payment = r.past.payment
    if payment is None or payment.id != event.payment_id or payment.status is not PaymentStatus.PENDING:
        return nothing(r, "This payment is known already.")
    over = replace(payment, status=PaymentStatus.CANCELLED, releasing=None)
    return Decision(replace(r, past=replace(r.past, payment=over)), (), "This payment can't succeed any more.")
