"""Rules for slots of connected calendars. A YES is booked in the calendar before a payment is requested."""

from domain import events as ev
from domain.effects import CreatePayment
from domain.replacing import replace
from domain.rules.state_changes import close, effects_of_booking, end_offer, no_change, request_release, too_late
from domain.rules.table import CLOSED, HOLDING, RECOVERED, Decision, DecisionContext, on
from domain.state import (
    Booking,
    BookingStatus,
    ClosedAs,
    Deposit,
    OfferStatus,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    SlotStatus,
)

TAKEN = "The time was taken in the shop's calendar."


@on(HOLDING, event=ev.BookingWrittenBack, to=(RECOVERED,))
def proceed_after_write_back(r: Recovery, event: ev.BookingWrittenBack, context: DecisionContext, /) -> Decision:
    """Requests the deposit once the booking is in the calendar. If there is no deposit, the slot is sold."""
    booking = r.current.booking
    if booking is None or booking.id != event.booking_id or (r.current.payment and r.current.payment.releasing):
        return no_change(r, "The hold had ended before the calendar had the booking.")
    if r.current.payment is not None:
        return Decision(r, (CreatePayment(r.current.payment.id),), "The booking is in the calendar.")
    after = replace(
        r,
        slot=replace(r.slot, status=SlotStatus.FILLED, closed_as=None),
        current=replace(r.current, booking=replace(booking, status=BookingStatus.BOOKED)),
    )
    effects = effects_of_booking(r.current, booking)
    return Decision(after, effects, "The booking is in the calendar, and no deposit is due.")


@on(HOLDING, event=ev.TimeTakenInCalendar, to=(CLOSED,))
def give_up_taken_time(r: Recovery, event: ev.TimeTakenInCalendar, context: DecisionContext, /) -> Decision:
    """Ends the hold if the time is taken in the calendar. A payment that can still succeed is cancelled first."""
    booking, payment = r.current.booking, r.current.payment
    if booking is None or booking.id != event.booking_id:
        return no_change(r, "The hold has already ended.")
    if payment is None:
        return release_taken(r, booking, None, context)
    if payment.releasing:
        return no_change(r, "The hold is already being released.")
    return request_release(r, payment, ReleaseReason.TAKEN, TAKEN)


def release_taken(r: Recovery, booking: Booking, payment: Deposit | None, context: DecisionContext) -> Decision:
    """Cancels the booking and notifies the customer, whose YES is used if the time becomes free again."""
    offer = r.current.offer
    waiting = offer and replace(offer, late_yes_at=context.now)
    ended = end_offer(replace(r, current=replace(r.current, offer=waiting)), OfferStatus.EXPIRED, context)
    attempt = replace(
        ended.current,
        booking=replace(booking, status=BookingStatus.CANCELLED),
        payment=payment and replace(payment, status=PaymentStatus.CANCELLED, releasing=None),
    )
    texts = (too_late(offer),) if offer else ()
    return close(replace(ended, current=attempt), ClosedAs.SOLD_BY_HAND, TAKEN, *texts)
