"""Rules for a slot without a live offer: ask the next customer, wait, or close the slot."""

from domain import events as ev
from domain.effects import (
    NotifyStaff,
    SendText,
)
from domain.policy import asking_ends_at, offer_window, window_ends_at
from domain.replacing import replace
from domain.rules.late_yes import can_still_have, take_up_late_yes
from domain.rules.state_changes import cannot_charge, close, no_change, search_again
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.state import (
    Attempt,
    ClosedAs,
    Offer,
    OfferStatus,
    Recovery,
)
from domain.templates import TextKind


@on(LOOKING, event=ev.CustomerChosen, to=(OFFERING, CLOSED))
def offer_slot(r: Recovery, event: ev.CustomerChosen, context: DecisionContext, /) -> Decision:
    """Offers the slot to the next eligible customer, or closes the slot if it starts too soon."""
    if r.slot.taken or context.now > asking_ends_at(r.slot.starts_at, context.policy):
        return search_again(r, context, "It is too late to ask anyone.")
    window = offer_window(context.policy, now=context.now, starts_at=r.slot.starts_at)
    offer = Offer(
        id=event.offer_id,
        customer_id=event.customer_id,
        status=OfferStatus.PENDING,
        window=window,
        expires_at=window_ends_at(context.now, window, r.slot.starts_at),
        move=event.move,
        channel=event.channel,
        books_until=r.slot.ends_at if event.length is None else r.slot.starts_at + event.length,
        service_id=event.service_id,
        deposit=r.slot.deposit,
    )
    text = SendText(TextKind.OFFER, event.customer_id, slot_offer_id=event.offer_id)
    reason = "Chosen by your team." if event.picked else "First in line among the customers who can be asked now."
    return Decision(replace(r, current=Attempt(offer=offer)), (text,), reason)


@on(LOOKING, event=ev.WaitingCustomerChosen, to=(HOLDING, RECOVERED))
def accept_late_yes(r: Recovery, event: ev.WaitingCustomerChosen, context: DecisionContext, /) -> Decision:
    """Gives the free slot to a customer whose YES came too late."""
    offer = r.past.offer
    if offer is None or offer.late_yes_at is None or not can_still_have(r, context):
        return no_change(r, "The customer who said YES too late can't have the slot.")
    return take_up_late_yes(
        r, offer, event, context, "An earlier YES of this customer came too late, and nobody else has the slot."
    )


@on(LOOKING, event=ev.NobodyLeft, to=(CLOSED,))
def close_search(r: Recovery, event: ev.NobodyLeft, context: DecisionContext, /) -> Decision:
    """Closes the slot if no customer can be asked before the start, or the deposit can't be charged."""
    notification = (
        cannot_charge(event.reason)
        if event.closed_as is ClosedAs.CANNOT_CHARGE
        else NotifyStaff("nobody_left", f"A slot was not resold. {event.reason}")
    )
    return close(r, event.closed_as, event.reason, notification)


@on(LOOKING, event=ev.NobodyAskableYet, to=())
def postpone_search(r: Recovery, event: ev.NobodyAskableYet, context: DecisionContext, /) -> Decision:
    """Postpones the search until a customer becomes eligible."""
    return Decision(replace(r, slot=replace(r.slot, next_search_at=event.retry_at)), (), event.reason)
