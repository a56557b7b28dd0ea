"""State changes that several rules share, such as closing the slot or ending an offer."""

from datetime import datetime, timedelta
from uuid import UUID

from domain import events as ev
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    Effect,
    NotifyStaff,
    ReplaceAppointment,
    SendText,
    Severity,
    WriteBack,
)
from domain.policy import Policy, asking_ends_at, window_ends_at
from domain.replacing import replace
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
    deposit_for,
)
from domain.templates import TextKind

SEARCH_RETRY = timedelta(minutes=1)
"""The time after which a sweep resumes an idle search."""

NOT_STANDING = "The later appointment was moved or cancelled in the meantime."


def no_change(r: Recovery, reason: str) -> Decision:
    return Decision(r, (), reason)


def close(r: Recovery, closed_as: ClosedAs, reason: str, *effects: Effect) -> Decision:
    slot = replace(r.slot, status=SlotStatus.EXPIRED, closed_as=closed_as, next_search_at=None)
    return Decision(replace(r, slot=slot), effects, reason)


def search_again(r: Recovery, context: DecisionContext, reason: str, *effects: Effect) -> Decision:
    """Opens the slot for the next customer, or closes the slot if it is taken or starts too soon."""
    if r.current.offer is not None and r.current.offer.live:
        # An offer can still be live if SQL closed its slot. Such an offer is ended, so that only one customer is
        # asked at a time.
        r = end_offer(r, OfferStatus.EXPIRED, context)
    if r.slot.taken:
        return close(r, ClosedAs.SOLD_BY_HAND, f"{reason} The time was filled outside the recovery.", *effects)
    if context.now > asking_ends_at(r.slot.starts_at, context.policy):
        notification = NotifyStaff("nobody_left", "A slot starts too soon to be offered again.")
        return close(r, ClosedAs.TOO_NEAR, f"{reason} It starts too soon to ask anyone else.", *effects, notification)
    return Decision(reopened(r, context), (*effects, AskNext()), reason)


def reopened(r: Recovery, context: DecisionContext) -> Recovery:
    """Opens the slot, and schedules its next search."""
    slot = replace(
        r.slot,
        status=SlotStatus.OPEN,
        freed_at=context.now,
        next_search_at=context.now + SEARCH_RETRY,
        closed_as=None,
    )
    return replace(r, slot=slot)


def end_offer(
    r: Recovery, status: OfferStatus, context: DecisionContext, ended_as: EndedAs | None = None
) -> Recovery:
    offer = r.current.offer
    if offer is None:
        return r
    ended = replace(offer, status=status, ended_at=context.now, ended_as=ended_as)
    return replace(r, current=replace(r.current, offer=ended))


def leftover_offers(r: Recovery) -> dict[UUID, Offer]:
    """Returns the offers that are still live although the slot was booked or closed, with their ids as keys."""
    return {a.offer.id: a.offer for a in (r.current, r.past) if a.offer is not None and a.offer.live}


def end_leftover_offer(r: Recovery, offer_id: UUID | None, status: OfferStatus, context: DecisionContext) -> Recovery:
    """Ends this offer if it is live, without changing other offers."""
    if id_of(r.current.offer) == offer_id and offer_id in leftover_offers(r):
        return end_offer(r, status, context)
    past = r.past.offer
    if past is None or past.id != offer_id or not past.live:
        return r
    return replace(r, past=replace(r.past, offer=replace(past, status=status, ended_at=context.now)))


def with_payment(r: Recovery, payment: Deposit) -> Recovery:
    return replace(r, current=replace(r.current, payment=payment))


def request_release(r: Recovery, payment: Deposit, release_reason: ReleaseReason, reason: str) -> Decision:
    """Requests the cancellation of the payment. The hold is released only after Stripe confirms the cancellation."""
    return Decision(with_payment(r, replace(payment, releasing=release_reason)), (CancelPayment(payment.id),), reason)


def booked_until(r: Recovery, offer: Offer, policy: Policy) -> datetime:
    """Returns the end of the appointment that a YES books: the slot's end, or earlier if the rest can be sold."""
    shortest, until = r.slot.shortest_service, offer.books_until
    if not policy.sell_rest or shortest is None or until is None or r.slot.ends_at - until < shortest:
        return r.slot.ends_at
    return until


def long_enough(r: Recovery, ends_at: datetime | None) -> bool:
    """Whether an appointment until `ends_at` still fits. Part of the slot may have been sold in the meantime."""
    return ends_at is None or ends_at <= r.slot.ends_at


def hold_for(
    r: Recovery, offer: Offer, event: ev.OfferAccepted | ev.WaitingCustomerChosen, context: DecisionContext
) -> Recovery:
    """Books the slot for the customer, or holds it until the deposit is paid or the connected calendar has it."""
    due, amount = needs_payment(r, offer), deposit_for(r.slot, offer)
    waits = due or r.slot.write_back
    status = BookingStatus.PENDING_PAYMENT if waits else BookingStatus.BOOKED
    deposit = Deposit(
        id=event.payment_id,
        status=PaymentStatus.PENDING,
        amount_cents=amount.cents,
        currency=amount.currency,
        expires_at=window_ends_at(context.now, context.policy.payment_window, r.slot.starts_at),
    )
    accepted = replace(
        offer,
        status=OfferStatus.ACCEPTED,
        accepted_at=context.now,
        ended_at=context.now,
        ended_as=None,
        deposit=amount,
    )
    moved_from = offer.move.appointment_id if offer.move else None
    booking = Booking(
        id=event.booking_id,
        customer_id=offer.customer_id,
        status=status,
        ends_at=booked_until(r, offer, context.policy),
        moved_from=moved_from,
    )
    slot = r.slot if waits else replace(r.slot, status=SlotStatus.FILLED, closed_as=None)
    attempt = Attempt(offer=accepted, booking=booking, payment=deposit if due else None)
    return replace(r, slot=slot, current=attempt)


def needs_payment(r: Recovery, offer: Offer) -> bool:
    """Whether a YES to this offer needs a payment. A moved appointment keeps its paid deposit."""
    return deposit_for(r.slot, offer).cents > 0 and (offer.move is None or offer.move.unpaid)


def can_be_moved(offer: Offer) -> bool:
    """Whether the appointment that the offer moves is unchanged since the offer was made.

    True if the offer does not move an appointment.
    """
    return offer.move is None or offer.move.standing


def replaced(attempt: Attempt) -> tuple[Effect, ...]:
    """Returns the effect that ends the old appointment, or no effect if the appointment has already ended."""
    booking, move = attempt.booking, attempt.offer.move if attempt.offer else None
    if booking is None or booking.moved_from is None or move is None or not move.live:
        return ()
    return (ReplaceAppointment(booking.moved_from, booking.id),)


def effects_of_yes(
    r: Recovery, event: ev.OfferAccepted | ev.WaitingCustomerChosen, offer: Offer
) -> tuple[Effect, ...]:
    if r.slot.write_back:
        return (WriteBack(event.booking_id),)
    if needs_payment(r, offer):
        return (CreatePayment(event.payment_id),)
    booking = Booking(
        id=event.booking_id,
        customer_id=offer.customer_id,
        status=BookingStatus.BOOKED,
        moved_from=offer.move.appointment_id if offer.move else None,
    )
    return effects_of_booking(Attempt(offer=offer, booking=booking), booking)


def effects_of_booking(attempt: Attempt, booking: Booking) -> tuple[Effect, ...]:
    """Returns the effects of a booking for which no deposit must be paid.

    A moved appointment is replaced before the text is written, because the text contains the link of the old booking.
    """
    replacing = replaced(attempt)
    if not replacing:
        kind = TextKind.BOOKED_WITHOUT_DEPOSIT
        return (SendText(kind, booking.customer_id, appointment_id=booking.id), recovered())
    moved = NotifyStaff("recovered", "A customer was moved to an earlier time; the later one is free again.")
    return (*replacing, SendText(TextKind.MOVED_UP, booking.customer_id, appointment_id=booking.id), moved)


def recovered() -> NotifyStaff:
    return NotifyStaff("recovered", "A cancelled appointment was sold again.")


def cannot_charge(reason: str) -> NotifyStaff:
    text = f"A slot is not offered: its deposit can't be charged. {reason} Correct it, then restart the search."
    return NotifyStaff("needs_human", text, Severity.CRITICAL)


def too_late(offer: Offer) -> SendText:
    return SendText(TextKind.TOO_LATE, offer.customer_id, slot_offer_id=offer.id)


def not_moved(offer: Offer) -> SendText:
    return SendText(TextKind.MOVE_UP_REFUSED, offer.customer_id, slot_offer_id=offer.id)


def next_in_line(offer: Offer) -> SendText:
    return SendText(TextKind.NEXT_IN_LINE, offer.customer_id, slot_offer_id=offer.id)


def id_of(row: Offer | Deposit | None) -> object:
    return None if row is None else row.id
