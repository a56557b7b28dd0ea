"""Rules for a YES after its offer has ended. The customer gets the slot, or a text that explains why not.

While another customer is being asked, the late YES is stored, and is used if that customer does not take the slot. If
no customer is being asked, because the search waits or has ended without a sale, the late YES gets the slot
immediately.
"""

from domain import events as ev
from domain.replacing import replace
from domain.rules.state_changes import (
    SEARCH_RETRY,
    can_be_moved,
    effects_of_yes,
    end_leftover_offer,
    hold_for,
    long_enough,
    next_in_line,
    no_change,
    reopened,
    too_late,
)
from domain.rules.table import CLOSED, HOLDING, LOOKING, RECOVERED, Decision, DecisionContext, on
from domain.state import Attempt, ClosedAs, Offer, OfferStatus, Recovery, Stage, stage_of

SOLD_TO_NOBODY = frozenset({ClosedAs.NOBODY_LEFT, ClosedAs.TOO_NEAR})
"""The reasons with which a search, and not staff, closes a slot that is still free."""


def can_still_have(r: Recovery, context: DecisionContext) -> bool:
    """Whether the customer of the past attempt can still have the slot."""
    offer = r.past.offer
    possible = offer is None or (can_be_moved(offer) and long_enough(r, offer.books_until))
    return possible and not (r.past.busy or r.slot.taken or context.now >= r.slot.starts_at)


def take_up_late_yes(
    r: Recovery,
    offer: Offer,
    event: ev.OfferAccepted | ev.WaitingCustomerChosen,
    context: DecisionContext,
    reason: str,
) -> Decision:
    """Holds or books the slot for a customer whose YES came too late."""
    held = replace(hold_for(r, replace(offer, late_yes_at=None), event, context), past=Attempt())
    return Decision(held, effects_of_yes(r, event, offer), reason)


@on(HOLDING, RECOVERED, event=ev.OfferAccepted, to=())
def note_late_yes(r: Recovery, event: ev.OfferAccepted, context: DecisionContext, /) -> Decision:
    """Stores a late YES while another customer is being asked or has the slot, and sends the customer the reason."""
    past = r.past.offer
    if past is None or past.id != event.offer_id:
        return _end_own_leftover(r, event, context)
    waits = stage_of(r) in {Stage.LOOKING, Stage.OFFERING} and can_still_have(r, context)
    text = next_in_line(past) if waits else too_late(past)
    return Decision(_noted(r, past, context), (text,), "The YES came too late.")


@on(LOOKING, event=ev.OfferAccepted, to=(HOLDING, RECOVERED))
def accept_while_waiting(r: Recovery, event: ev.OfferAccepted, context: DecisionContext, /) -> Decision:
    """Gives the slot to a customer with a late YES if the search is waiting; otherwise stores the YES."""
    past = r.past.offer
    if past is None or past.id != event.offer_id or not (_search_waits(r, context) and can_still_have(r, context)):
        return note_late_yes(r, event, context)
    return take_up_late_yes(r, past, event, context, "The YES came late, but nobody else was being asked.")


@on(CLOSED, event=ev.OfferAccepted, to=(HOLDING, RECOVERED))
def accept_after_closing(r: Recovery, event: ev.OfferAccepted, context: DecisionContext, /) -> Decision:
    """Gives the slot to a customer with a late YES if the search found no other customer and the time is free."""
    past = r.past.offer
    if past is None or past.id != event.offer_id or past.live or not _unsold(r, context):
        return note_late_yes(r, event, context)
    again = reopened(r, context)
    return take_up_late_yes(again, past, event, context, "The YES came late, but nobody else wanted the slot.")


def _unsold(r: Recovery, context: DecisionContext) -> bool:
    return r.slot.closed_as in SOLD_TO_NOBODY and can_still_have(r, context)


def _search_waits(r: Recovery, context: DecisionContext) -> bool:
    """Whether the search was postponed, and no customer is about to be asked."""
    due, freed = r.slot.next_search_at, r.slot.freed_at
    return due is not None and due > context.now and (freed is None or due > freed + SEARCH_RETRY)


def _noted(r: Recovery, offer: Offer, context: DecisionContext) -> Recovery:
    late = replace(r, past=replace(r.past, offer=replace(offer, late_yes_at=offer.late_yes_at or context.now)))
    return end_leftover_offer(late, offer.id, OfferStatus.EXPIRED, context)


def _end_own_leftover(r: Recovery, event: ev.OfferAccepted, context: DecisionContext) -> Decision:
    """Ends an offer that is still live although SQL has booked or closed its slot."""
    current = r.current.offer
    if current is None or current.id != event.offer_id or not current.live:
        return no_change(r, "The customer said YES again.")
    late = replace(current, late_yes_at=context.now, status=OfferStatus.EXPIRED, ended_at=context.now)
    ended = replace(r, current=replace(r.current, offer=late))
    return Decision(ended, (too_late(current),), "The YES came after the slot was no longer offered.")
