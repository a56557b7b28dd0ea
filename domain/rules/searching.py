"""Whom we ask next, and what if there is nobody."""

from dataclasses import replace

from domain import events as ev
from domain.effects import (
    NotifyStaff,
    SendText,
)
from domain.policy import asking_ends_at, window_ends_at
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.transitions import after_yes, cannot_charge, close, hold_for, look_again, nothing
from domain.state import (
    Attempt,
    ClosedAs,
    Offer,
    OfferStatus,
    Recovery,
)
from domain.templates import TextKind


@on(LOOKING, event=ev.CustomerChosen, to=(OFFERING, CLOSED))
def ask(r: Recovery, event: ev.CustomerChosen, at: DecisionContext, /) -> Decision:
    """The next suitable customer is asked."""
    if r.slot.taken or at.now > asking_ends_at(r.slot.starts_at, at.policy):
        return look_again(r, at, "Nobody is asked any more.")
    offer = Offer(
        id=event.offer_id,
        customer_id=event.customer_id,
        status=OfferStatus.PENDING,
        expires_at=window_ends_at(at.now, at.policy.offer_window, r.slot.starts_at),
    )
    text = SendText(TextKind.OFFER, event.customer_id, slot_offer_id=event.offer_id)
    return Decision(replace(r, current=Attempt(offer=offer)), (text,), "First in line of those who may be asked now.")


@on(LOOKING, event=ev.WaitingCustomerChosen, to=(HOLDING, RECOVERED))
def take_up_late_yes(r: Recovery, event: ev.WaitingCustomerChosen, at: DecisionContext, /) -> Decision:
    """A customer whose YES came too late before gets the slot now that it is free again."""
    offer = r.past.offer
    if offer is None or not _free_again(r, offer) or r.past.busy or r.slot.taken or at.now >= r.slot.starts_at:
        return nothing(r, "The customer who said YES too late can't have the slot.")
    held = replace(hold_for(r, replace(offer, late_yes_at=None), event, at), past=Attempt())
    return Decision(held, after_yes(r, event, offer), "Their YES came too late before; the slot is free again.")


def _free_again(r: Recovery, offer: Offer) -> bool:
    """A YES that came too late counts from the next time the slot comes free."""
    said, freed = offer.late_yes_at, r.slot.freed_at
    return said is not None and freed is not None and said < freed


@on(LOOKING, event=ev.NobodyLeft, to=(CLOSED,))
def give_up(r: Recovery, event: ev.NobodyLeft, at: DecisionContext, /) -> Decision:
    """Nobody can be asked before the slot starts, or the deposit can't be charged."""
    told = (
        cannot_charge(event.reason)
        if event.closed_as is ClosedAs.CANNOT_CHARGE
        else NotifyStaff("nobody_left", f"A slot was not sold again. {event.reason}")
    )
    return close(r, event.closed_as, event.reason, told)


@on(LOOKING, event=ev.NobodyAskableYet, to=())
def wait(r: Recovery, event: ev.NobodyAskableYet, at: DecisionContext, /) -> Decision:
    """Somebody may be asked later, and the slot can still be sold then."""
    return Decision(replace(r, slot=replace(r.slot, next_search_at=event.retry_at)), (), event.reason)
