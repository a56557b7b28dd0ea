"""What becomes of the money: the link is ready, it is paid, it comes too late."""

from dataclasses import replace

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
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.transitions import id_of, nothing, recovered, with_payment
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
def fill(r: Recovery, event: ev.PaymentIntentCreated, at: DecisionContext, /) -> Decision:
    """Booking and payment both exist: the slot counts as filled, and the customer gets the link."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return drop_intent(r, event, at)
    slot = replace(r.slot, status=SlotStatus.FILLED)
    if payment.releasing:
        return Decision(replace(r, slot=slot), (CancelPayment(payment.id),), "The hold is being given up.")
    if r.slot.status is SlotStatus.FILLED:
        return nothing(r, "The payment link is ready already.")
    until = window_ends_at(at.now, at.policy.payment_window, r.slot.starts_at)
    waits_for = None if payment.needs_human == LINK_FAILED else payment.needs_human
    held = replace(with_payment(r, replace(payment, expires_at=until, needs_human=waits_for)), slot=slot)
    link = SendText(TextKind.ACCEPTANCE, booking.customer_id, appointment_id=booking.id)
    return Decision(held, (link,), "The payment link is ready.")


@on(LOOKING, OFFERING, RECOVERED, CLOSED, event=ev.PaymentIntentCreated, to=())
def drop_intent(r: Recovery, event: ev.PaymentIntentCreated, at: DecisionContext, /) -> Decision:
    """An intent that came after its hold was over is cancelled."""
    if id_of(r.current.payment) == event.payment_id:
        return nothing(r, "The payment is settled already.")
    return Decision(r, (CancelPayment(event.payment_id),), "The hold was over before the payment was ready.")


@on(HOLDING, event=ev.PaymentSucceeded, to=(RECOVERED,))
def book(r: Recovery, event: ev.PaymentSucceeded, at: DecisionContext, /) -> Decision:
    """The deposit is paid: the appointment is booked."""
    payment, booking = r.current.payment, r.current.booking
    if payment is None or booking is None or payment.id != event.payment_id:
        return give_back(r, event, at)
    if payment.status in GONE_BACK:
        return nothing(r, "The money went back already.")
    if _mismatch(payment, event):
        return _ask_a_human(r, payment, event)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None)
    booked = replace(booking, status=BookingStatus.BOOKED)
    after = replace(
        r,
        slot=replace(r.slot, status=SlotStatus.FILLED, closed_as=None),
        current=replace(r.current, booking=booked, payment=paid),
    )
    text = SendText(TextKind.CONFIRMATION, booking.customer_id, appointment_id=booking.id)
    return Decision(after, (text, recovered()), "The deposit is paid.")


def _mismatch(payment: Deposit, event: ev.PaymentSucceeded) -> bool:
    return not is_what_was_asked(
        payment.amount_cents, payment.currency, paid=event.amount_cents, in_currency=event.currency
    )


def _ask_a_human(r: Recovery, payment: Deposit, event: ev.PaymentSucceeded) -> Decision:
    why = "A payment arrived that is not the amount or the currency asked for; nothing was booked."
    flagged = replace(payment, needs_human=why)
    told = NotifyStaff("needs_human", why, Severity.CRITICAL)
    current = payment is r.current.payment
    after = with_payment(r, flagged) if current else replace(r, past=replace(r.past, payment=flagged))
    return nothing(r, why) if payment.needs_human else Decision(after, (told,), why)


@on(OFFERING, event=ev.PaymentSucceeded, to=())
def give_back(r: Recovery, event: ev.PaymentSucceeded, at: DecisionContext, /) -> Decision:
    """Money for a slot that somebody else has by now is given back, once."""
    payment, booking = r.past.payment, r.past.booking
    if payment is None or booking is None or payment.id != event.payment_id or payment.status in PAID:
        return nothing(r, "This payment is known already.")
    if _mismatch(payment, event):
        return _ask_a_human(r, payment, event)
    past = replace(r.past, payment=replace(payment, status=PaymentStatus.REFUNDING))
    effects: tuple[Effect, ...] = (
        RefundPayment(payment.id),
        SendText(TextKind.REFUND_APOLOGY, booking.customer_id, payment_id=payment.id),
        NotifyStaff("late_payment", "A deposit arrived too late and is given back.", Severity.WARNING),
    )
    return Decision(replace(r, past=past), effects, "The money came after the slot had moved on.")


@on(RECOVERED, event=ev.PaymentSucceeded, to=())
def note_paid(r: Recovery, event: ev.PaymentSucceeded, at: DecisionContext, /) -> Decision:
    """Money for what staff have booked by hand is noted; anybody else's is given back."""
    payment = r.current.payment
    if payment is None or payment.id != event.payment_id:
        return give_back(r, event, at)
    if payment.status in PAID:
        return nothing(r, "This payment is known already.")
    if _mismatch(payment, event):
        return _ask_a_human(r, payment, event)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, releasing=None)
    return Decision(with_payment(r, paid), (), "The deposit is paid; the appointment was booked already.")


@on(LOOKING, CLOSED, event=ev.PaymentSucceeded, to=(RECOVERED,))
def book_late(r: Recovery, event: ev.PaymentSucceeded, at: DecisionContext, /) -> Decision:
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
    text = SendText(TextKind.CONFIRMATION, booking.customer_id, appointment_id=booking.id)
    return Decision(
        Recovery(slot=slot, current=attempt),
        (text, recovered()),
        "The money came late, but the slot was still free.",
    )


def _still_free(r: Recovery, at: DecisionContext) -> bool:
    by_staff = r.slot.closed_as in {ClosedAs.STOPPED, ClosedAs.SOLD_BY_HAND}
    return not (by_staff or r.slot.taken or r.past.busy or at.now >= r.slot.starts_at)
