"""Cancelled appointments, and what staff may do by hand."""

from domain import events as ev
from domain.rules.table import CLOSED, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.transitions import close, end_offer, look_again, nothing
from domain.state import ClosedAs, EndedAs, OfferStatus, Recovery, stage_of


@on(RECOVERED, CLOSED, event=ev.AppointmentCancelled, to=(LOOKING, CLOSED))
def reopen(r: Recovery, event: ev.AppointmentCancelled, at: DecisionContext, /) -> Decision:
    """An appointment at this time was cancelled: the slot is offered to those not asked yet."""
    if r.current.booking is not None and r.current.booking.live:
        return nothing(r, "Another appointment stands at this time.")
    return look_again(r, at, "The appointment was cancelled.")


def _withdraw(r: Recovery, at: DecisionContext) -> Recovery:
    """Whoever has not been texted yet was not asked, and needs no rest."""
    offer = r.current.offer
    if stage_of(r) is not OFFERING or offer is None:
        return r
    return end_offer(r, OfferStatus.FAILED if offer.untried else OfferStatus.EXPIRED, at, EndedAs.STAFF)


@on(LOOKING, OFFERING, event=ev.NextAskedByHand, to=(LOOKING, CLOSED))
def skip(r: Recovery, event: ev.NextAskedByHand, at: DecisionContext, /) -> Decision:
    """Staff don't want to wait: on to the next."""
    ended = _withdraw(r, at)
    return look_again(ended, at, "Staff asked for the next customer.")


@on(LOOKING, OFFERING, event=ev.SearchStopped, to=(CLOSED,))
def stop(r: Recovery, event: ev.SearchStopped, at: DecisionContext, /) -> Decision:
    """Staff want nobody asked any more."""
    ended = _withdraw(r, at)
    return close(ended, ClosedAs.STOPPED, "Staff stopped the search.")


@on(LOOKING, OFFERING, event=ev.SoldByHand, to=(CLOSED,))
def sell_by_hand(r: Recovery, event: ev.SoldByHand, at: DecisionContext, /) -> Decision:
    """The time was sold otherwise."""
    ended = _withdraw(r, at)
    return close(ended, ClosedAs.SOLD_BY_HAND, "The time was sold by hand.")


@on(CLOSED, event=ev.StartedAgain, to=(LOOKING,))
def start_again(r: Recovery, event: ev.StartedAgain, at: DecisionContext, /) -> Decision:
    """Staff want the slot offered again."""
    return look_again(r, at, "Staff started the search again.")
