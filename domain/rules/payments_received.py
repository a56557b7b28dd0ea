"""Rules for payment links that are ready, and for deposits that are paid in time or late."""

from domain import events as ev
from domain.effects import (
    CancelPayment,
    Effect,
    NotifyStaff,
    RefundPayment,
    SendText,
    Severity,
)
from domain.money import is_what_was_asked
from domain.policy import window_ends_at
from domain.replacing import replace
from domain.rules.state_changes import (
    id_of,
    long_enough,
    no_change,
    recovered,
    replaced,
    with_payment,
)
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.state import (
    GONE_BACK,
    LINK_FAILED,
    PAID,
    Attempt,
    BookingStatus,
    ClosedAs,
    Deposit,
    OfferStatus,
    PaymentStatus,
    Recovery,
    SlotStatus,
)
from domain.templates import TextKind


@on(HOLDING, event=ev.PaymentIntentCreated, to=())
def fill_slot(r: Recovery, event: ev.PaymentIntentCreated, context: DecisionContext, /) -> Decision:
    """Marks the slot as filled and sends the payment link, once the booking and the PaymentIntent exist."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return cancel_late_intent(r, event, context)
    slot = replace(r.slot, status=SlotStatus.FILLED)
    if payment.releasing:
        return Decision(replace(r, slot=slot), (CancelPayment(payment.id),), "The hold is being released.")
    if r.slot.status is SlotStatus.FILLED:
        return no_change(r, "The payment link is already ready.")
    until = window_ends_at(context.now, context.policy.payment_window, r.slot.starts_at)
    waits_for = None if payment.needs_human == LINK_FAILED else payment.needs_human
    held = replace(with_payment(r, replace(payment, expires_at=until, needs_human=waits_for)), slot=slot)
    link = SendText(TextKind.ACCEPTANCE, booking.customer_id, appointment_id=booking.id)
    return Decision(held, (link,), "The payment link is ready.")


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentIntentCreated, to=())
def cancel_late_intent(r: Recovery, event: ev.PaymentIntentCreated, context: DecisionContext, /) -> Decision:
    """Cancels a PaymentIntent that was created after its hold had ended."""
    if id_of(r.current.payment) == event.payment_id:
        return no_change(r, "The payment is already settled.")
    return Decision(r, (CancelPayment(event.payment_id),), "The hold had ended before the payment was ready.")


@on(HOLDING, event=ev.PaymentSucceeded, to=(RECOVERED,))
def confirm_booking(r: Recovery, event: ev.PaymentSucceeded, context: DecisionContext, /) -> Decision:
    """Confirms the booking when the deposit is paid."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return refund_late_payment(r, event, context)
    if payment.status in GONE_BACK:
        return no_change(r, "The money was already returned.")
    if _mismatch(payment, event):
        return _flag_mismatch(r, payment, event)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None)
    booked = replace(booking, status=BookingStatus.BOOKED)
    after = replace(
        r,
        slot=replace(r.slot, status=SlotStatus.FILLED, closed_as=None),
        current=replace(r.current, booking=booked, payment=paid),
    )
    text = SendText(TextKind.CONFIRMATION, booking.customer_id, appointment_id=booking.id)
    return Decision(after, (*replaced(r.current), text, recovered()), "The deposit is paid.")


def _mismatch(payment: Deposit, event: ev.PaymentSucceeded) -> bool:
    return not is_what_was_asked(
        payment.amount_cents, payment.currency, paid=event.amount_cents, in_currency=event.currency
    )


def _flag_mismatch(r: Recovery, payment: Deposit, event: ev.PaymentSucceeded) -> Decision:
    why = "A payment arrived in another amount or currency than requested. Nothing was booked."
    flagged = replace(payment, needs_human=why)
    notification = NotifyStaff("needs_human", why, Severity.CRITICAL)
    current = payment is r.current.payment
    after = with_payment(r, flagged) if current else replace(r, past=replace(r.past, payment=flagged))
    return no_change(r, why) if payment.needs_human else Decision(after, (notification,), why)


@on(OFFERING, event=ev.PaymentSucceeded, to=())
def refund_late_payment(r: Recovery, event: ev.PaymentSucceeded, context: DecisionContext, /) -> Decision:
    """Refunds a payment, at most once, if its slot was given to another customer."""
    payment, booking = r.past.payment, r.past.booking
    if payment is None or booking is None or payment.id != event.payment_id or payment.status in PAID:
        return no_change(r, "The payment is already recorded.")
    if _mismatch(payment, event):
        return _flag_mismatch(r, payment, event)
    past = replace(r.past, payment=replace(payment, status=PaymentStatus.REFUNDING))
    effects: tuple[Effect, ...] = (
        RefundPayment(payment.id),
        SendText(TextKind.REFUND_APOLOGY, booking.customer_id, payment_id=payment.id),
        NotifyStaff("late_payment", "A deposit arrived too late and is being refunded.", Severity.WARNING),
    )
    return Decision(replace(r, past=past), effects, "The payment arrived after the hold had ended.")


@on(RECOVERED, event=ev.PaymentSucceeded, to=())
def record_payment(r: Recovery, event: ev.PaymentSucceeded, context: DecisionContext, /) -> Decision:
    """Records a payment for a booking that staff confirmed before it was paid, and refunds any other payment."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id:
        return refund_late_payment(r, event, context)
    if payment.status in PAID:
        return no_change(r, "The payment is already recorded.")
    if _mismatch(payment, event):
        return _flag_mismatch(r, payment, event)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None)
    return Decision(with_payment(r, paid), (), "The deposit is paid; the appointment was already booked.")


@on(LOOKING, CLOSED, event=ev.PaymentSucceeded, to=(RECOVERED,))
def book_on_late_payment(r: Recovery, event: ev.PaymentSucceeded, context: DecisionContext, /) -> Decision:
    """Books the slot after a late payment if the slot is still free, and otherwise refunds the payment."""
    payment, booking, offer = r.past.payment, r.past.booking, r.past.offer
    if payment is None or booking is None or payment.id != event.payment_id or payment.status in PAID:
        return no_change(r, "The payment is already recorded.")
    if _mismatch(payment, event) or not _still_free(r, context):
        return refund_late_payment(r, event, context)
    attempt = Attempt(
        offer=offer and replace(offer, status=OfferStatus.ACCEPTED),
        booking=replace(booking, status=BookingStatus.BOOKED),
        payment=replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None),
    )
    slot = replace(r.slot, status=SlotStatus.FILLED, closed_as=None)
    text = SendText(TextKind.CONFIRMATION, booking.customer_id, appointment_id=booking.id)
    return Decision(
        Recovery(slot=slot, current=attempt),
        (*replaced(r.past), text, recovered()),
        "The payment arrived late, but the slot was still free.",
    )


def _still_free(r: Recovery, context: DecisionContext) -> bool:
    by_staff = r.slot.closed_as in {ClosedAs.STOPPED, ClosedAs.SOLD_BY_HAND}
    shortened = r.past.booking is not None and not long_enough(r, r.past.booking.ends_at)
    return not (by_staff or shortened or r.slot.taken or r.past.busy or context.now >= r.slot.starts_at)
