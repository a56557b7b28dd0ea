"""What several rules do: close, look again, end an offer, hold the slot for somebody."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain import events as ev
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    Effect,
    NotifyStaff,
    SendText,
    Severity,
)
from domain.policy import asking_ends_at, window_ends_at
from domain.rules.table import Decision, DecisionContext
from domain.state import (
    Attempt,
    Booking,
    BookingStatus,
    ClosedAs,
    Deposit,
    EndedAs,
    Offer,
    OfferStatus,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    SlotStatus,
)
from domain.templates import TextKind

SEARCH_PATIENCE = timedelta(minutes=1)
"""How long a slot that looks for a customer may sit idle before a sweep takes it up."""


def nothing(r: Recovery, reason: str) -> Decision:
    return Decision(r, (), reason)


def close(r: Recovery, closed_as: ClosedAs, reason: str, *effects: Effect) -> Decision:
    slot = replace(r.slot, status=SlotStatus.EXPIRED, closed_as=closed_as, next_search_at=None)
    return Decision(replace(r, slot=slot), effects, reason)


def look_again(r: Recovery, at: DecisionContext, reason: str, *effects: Effect) -> Decision:
    """The slot is free: on to the next customer, or closed when it starts too soon."""
    if r.current.offer is not None and r.current.offer.live:
        # Left over on a slot that was closed by hand: two customers must not be asked at once.
        r = end_offer(r, OfferStatus.EXPIRED, at)
    if r.slot.taken:
        return close(r, ClosedAs.SOLD_BY_HAND, f"{reason} The time has been sold otherwise.", *effects)
    if at.now > asking_ends_at(r.slot.starts_at, at.policy):
        told = NotifyStaff("nobody_left", "A slot starts too soon to offer it on.")
        return close(r, ClosedAs.TOO_NEAR, f"{reason} It starts too soon to ask anybody else.", *effects, told)
    slot = replace(
        r.slot,
        status=SlotStatus.OPEN,
        freed_at=at.now,
        next_search_at=at.now + SEARCH_PATIENCE,
        closed_as=None,
    )
    return Decision(replace(r, slot=slot), (*effects, AskNext()), reason)


def end_offer(r: Recovery, status: OfferStatus, at: DecisionContext, ended_as: EndedAs | None = None) -> Recovery:
    offer = r.current.offer
    if offer is None:
        return r
    ended = replace(offer, status=status, ended_at=at.now, ended_as=ended_as)
    return replace(r, current=replace(r.current, offer=ended))


def left_over(r: Recovery) -> dict[UUID, Offer]:
    """By its id: the live offer of a slot that has been booked or closed meanwhile, whoever it was booked for."""
    return {a.offer.id: a.offer for a in (r.current, r.past) if a.offer is not None and a.offer.live}


def end_left_over(r: Recovery, offer_id: UUID | None, status: OfferStatus, at: DecisionContext) -> Recovery:
    """Ends this offer if it is live, and leaves every other one alone."""
    if id_of(r.current.offer) == offer_id and offer_id in left_over(r):
        return end_offer(r, status, at)
    past = r.past.offer
    if past is None or past.id != offer_id or not past.live:
        return r
    return replace(r, past=replace(r.past, offer=replace(past, status=status, ended_at=at.now)))


def with_payment(r: Recovery, payment: Deposit) -> Recovery:
    return replace(r, current=replace(r.current, payment=payment))


def give_up_payment(r: Recovery, payment: Deposit, release_reason: ReleaseReason, reason: str) -> Decision:
    """Cancel first, release after: the slot moves on only when the payment company has confirmed."""
    return Decision(with_payment(r, replace(payment, releasing=release_reason)), (CancelPayment(payment.id),), reason)


def hold_for(
    r: Recovery, offer: Offer, event: ev.OfferAccepted | ev.WaitingCustomerChosen, at: DecisionContext
) -> Recovery:
    """The customer has the slot: booked when no deposit is due, else held until it is paid."""
    due = r.slot.deposit_cents > 0
    status = BookingStatus.PENDING_PAYMENT if due else BookingStatus.BOOKED
    deposit = Deposit(
        id=event.payment_id,
        status=PaymentStatus.PENDING,
        amount_cents=r.slot.deposit_cents,
        currency=r.slot.currency,
        expires_at=window_ends_at(at.now, at.policy.payment_window, r.slot.starts_at),
    )
    accepted = replace(offer, status=OfferStatus.ACCEPTED, accepted_at=at.now, ended_at=at.now, ended_as=None)
    booking = Booking(id=event.booking_id, customer_id=offer.customer_id, status=status)
    slot = r.slot if due else replace(r.slot, status=SlotStatus.FILLED, closed_as=None)
    attempt = Attempt(offer=accepted, booking=booking, payment=deposit if due else None)
    return replace(r, slot=slot, current=attempt)


def after_yes(r: Recovery, event: ev.OfferAccepted | ev.WaitingCustomerChosen, offer: Offer) -> tuple[Effect, ...]:
    if r.slot.deposit_cents > 0:
        return (CreatePayment(event.payment_id),)
    return (
        SendText(TextKind.BOOKED_WITHOUT_DEPOSIT, offer.customer_id, appointment_id=event.booking_id),
        recovered(),
    )


def recovered() -> NotifyStaff:
    return NotifyStaff("recovered", "A cancelled appointment was sold again.")


def cannot_charge(reason: str) -> NotifyStaff:
    text = f"A slot is not offered: its deposit can't be charged. {reason} Correct it, then start the slot again."
    return NotifyStaff("needs_human", text, Severity.CRITICAL)


def too_late(offer: Offer) -> SendText:
    return SendText(TextKind.TOO_LATE, offer.customer_id, slot_offer_id=offer.id)


def id_of(row: Offer | Deposit | None) -> object:
    return None if row is None else row.id
