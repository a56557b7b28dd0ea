"""Rules for cancelled appointments and for the actions of staff."""

from domain import events as ev
from domain.rules.state_changes import close, end_offer, no_change, search_again
from domain.rules.table import CLOSED, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.state import ClosedAs, EndedAs, OfferStatus, Recovery, stage_of


@on(RECOVERED, CLOSED, event=ev.AppointmentCancelled, to=(LOOKING, CLOSED))
def reopen_slot(r: Recovery, event: ev.AppointmentCancelled, context: DecisionContext, /) -> Decision:
    """Searches again after an appointment at this time was cancelled. Does not ask the same customers again."""
    if r.current.booking is not None and r.current.booking.live:
        return no_change(r, "Another appointment occupies this time.")
    return search_again(r, context, "The appointment was moved." if event.moved else "The appointment was cancelled.")


def _end_live_offer(r: Recovery, context: DecisionContext) -> Recovery:
    """Ends the live offer. If its text was never sent, the offer becomes `failed`, which sets no cooldown."""
    offer = r.current.offer
    if stage_of(r) is not OFFERING or offer is None:
        return r
    return end_offer(r, OfferStatus.FAILED if offer.untried else OfferStatus.EXPIRED, context, EndedAs.STAFF)


@on(LOOKING, OFFERING, event=ev.NextAskedByHand, to=(LOOKING, CLOSED))
def skip_offer(r: Recovery, event: ev.NextAskedByHand, context: DecisionContext, /) -> Decision:
    """Ends a live offer, and searches for the next customer."""
    ended = _end_live_offer(r, context)
    return search_again(ended, context, "The next customer was requested.")


@on(LOOKING, OFFERING, event=ev.SearchStopped, to=(CLOSED,))
def stop_search(r: Recovery, event: ev.SearchStopped, context: DecisionContext, /) -> Decision:
    """Ends a live offer, and closes the slot."""
    ended = _end_live_offer(r, context)
    return close(ended, ClosedAs.STOPPED, event.reason)


@on(LOOKING, OFFERING, event=ev.SoldByHand, to=(CLOSED,))
def mark_sold(r: Recovery, event: ev.SoldByHand, context: DecisionContext, /) -> Decision:
    """Closes the slot because staff filled the time themselves."""
    ended = _end_live_offer(r, context)
    return close(ended, ClosedAs.SOLD_BY_HAND, "The shop filled the time.")


@on(CLOSED, event=ev.StartedAgain, to=(LOOKING,))
def restart_search(r: Recovery, event: ev.StartedAgain, context: DecisionContext, /) -> Decision:
    """Reopens a closed slot and searches for a customer."""
    return search_again(r, context, "The search was restarted.")
