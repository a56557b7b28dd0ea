"""What becomes of an offer: sent, delayed, undeliverable, run out, answered."""

from dataclasses import replace
from uuid import UUID

from domain import events as ev
from domain.policy import asking_ends_at, window_ends_at
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.rules.transitions import (
    after_yes,
    end_left_over,
    end_offer,
    hold_for,
    id_of,
    left_over,
    look_again,
    nothing,
    too_late,
)
from domain.state import (
    Attempt,
    EndedAs,
    Offer,
    OfferStatus,
    Recovery,
)


def _current_offer(r: Recovery, event: ev.OfferSent | ev.OfferDelayed | ev.OfferUndeliverable) -> Offer | None:
    offer = r.current.offer
    return offer if offer is not None and offer.id == event.offer_id and offer.live else None


@on(OFFERING, event=ev.OfferSent, to=())
def open_window(r: Recovery, event: ev.OfferSent, at: DecisionContext, /) -> Decision:
    """The carrier took the text: the customer's window opens now."""
    offer = _current_offer(r, event)
    if offer is None or offer.status is OfferStatus.SENT:
        return nothing(r, "This offer's window is open already, or over.")
    until = window_ends_at(at.now, at.policy.offer_window, r.slot.starts_at)
    sent = replace(offer, status=OfferStatus.SENT, sent_at=at.now, expires_at=until, untried=False)
    return Decision(replace(r, current=replace(r.current, offer=sent)), (), "The carrier took the text.")


@on(OFFERING, event=ev.OfferDelayed, to=())
def wait_for_carrier(r: Recovery, event: ev.OfferDelayed, at: DecisionContext, /) -> Decision:
    """The text has not left: the same customer is asked a little later, and nobody is passed over."""
    offer = _current_offer(r, event)
    if offer is None or offer.status is OfferStatus.SENT:
        return nothing(r, "This offer has been sent, or is over.")
    until = window_ends_at(event.retry_at, at.policy.offer_window, r.slot.starts_at)
    later = replace(offer, expires_at=until)
    return Decision(replace(r, current=replace(r.current, offer=later)), (), "The carrier takes no texts just now.")


@on(OFFERING, event=ev.OfferUndeliverable, to=(LOOKING, CLOSED))
def pass_over(r: Recovery, event: ev.OfferUndeliverable, at: DecisionContext, /) -> Decision:
    """The text can't reach this customer: on to the next at once."""
    if _current_offer(r, event) is None:
        return nothing(r, "This offer is over already.")
    return look_again(end_offer(r, OfferStatus.FAILED, at), at, event.reason)


@on(OFFERING, event=ev.OfferDeadlinePassed, to=(LOOKING, CLOSED))
def let_offer_run_out(r: Recovery, event: ev.OfferDeadlinePassed, at: DecisionContext, /) -> Decision:
    """No answer in time: on to the next. A text that never left is not held against its customer."""
    offer = r.current.offer
    if offer is None or offer.id != event.offer_id or not offer.over(at.now):
        return nothing(r, "This offer is not over yet, or was over already.")
    if offer.untried and at.now <= asking_ends_at(r.slot.starts_at, at.policy):
        until = window_ends_at(at.now, at.policy.offer_window, r.slot.starts_at)
        later = replace(r, current=replace(r.current, offer=replace(offer, expires_at=until)))
        return Decision(later, (), "The text has not left yet; the window opens when it does.")
    return look_again(end_offer(r, OfferStatus.EXPIRED, at), at, "No answer in time.")


@on(OFFERING, event=ev.OfferDeclined, to=(LOOKING, CLOSED))
def take_no(r: Recovery, event: ev.OfferDeclined, at: DecisionContext, /) -> Decision:
    """The customer said NO: on to the next at once."""
    if event.offer_id != id_of(r.current.offer):
        return forget_late_yes(r, event, at)
    return look_again(end_offer(r, OfferStatus.DECLINED, at), at, "The customer said no.")


@on(OFFERING, event=ev.CustomerOptedOut, to=(LOOKING, CLOSED))
def take_stop(r: Recovery, event: ev.CustomerOptedOut, at: DecisionContext, /) -> Decision:
    """The customer wants no more texts: on to the next at once."""
    if event.offer_id != id_of(r.current.offer):
        return nothing(r, "This offer was over already.")
    ended = end_offer(r, OfferStatus.DECLINED, at, EndedAs.OPTED_OUT)
    return look_again(ended, at, "The customer wants no more texts.")


@on(LOOKING, RECOVERED, CLOSED, event=ev.OfferDeclined, to=())
def forget_late_yes(r: Recovery, event: ev.OfferDeclined, at: DecisionContext, /) -> Decision:
    """A NO ends an offer left over on a slot that is not open any more, and takes back a YES that came too late."""
    if event.offer_id in left_over(r):
        return _ended(r, event.offer_id, OfferStatus.DECLINED, at)
    offer = r.past.offer
    if offer is None or offer.id != event.offer_id or offer.late_yes_at is None:
        return nothing(r, "This offer was over already.")
    past = replace(r.past, offer=replace(offer, late_yes_at=None))
    return Decision(replace(r, past=past), (), "The customer no longer wants the slot.")


@on(RECOVERED, CLOSED, event=ev.CustomerOptedOut, to=())
def take_stop_late(r: Recovery, event: ev.CustomerOptedOut, at: DecisionContext, /) -> Decision:
    """A STOP ends an offer left over on a slot that is not open any more."""
    if event.offer_id not in left_over(r):
        return nothing(r, "This offer was over already.")
    return _ended(r, event.offer_id, OfferStatus.DECLINED, at)


@on(OFFERING, event=ev.OfferAccepted, to=(HOLDING, RECOVERED, LOOKING, CLOSED))
def take_yes(r: Recovery, event: ev.OfferAccepted, at: DecisionContext, /) -> Decision:
    """The first YES in time has the slot; one that comes too late is told so."""
    offer = r.current.offer
    if offer is None or offer.id != event.offer_id:
        return turn_down(r, event, at)
    if offer.over(at.now) or at.now >= r.slot.starts_at:
        late = replace(r, current=replace(r.current, offer=replace(offer, late_yes_at=at.now)))
        ended = end_offer(late, OfferStatus.EXPIRED, at)
        return look_again(ended, at, "The YES came after the offer had run out.", too_late(offer))
    if r.slot.taken:
        ended = end_offer(r, OfferStatus.EXPIRED, at)
        return look_again(ended, at, "The YES came in time, but the slot was gone.", too_late(offer))
    if r.current.busy:
        ended = end_offer(r, OfferStatus.DECLINED, at)
        return look_again(ended, at, "The customer has another appointment at this time.", too_late(offer))
    return Decision(hold_for(r, offer, event, at), after_yes(r, event, offer), "The customer said YES in time.")


@on(LOOKING, HOLDING, RECOVERED, CLOSED, event=ev.OfferAccepted, to=())
def turn_down(r: Recovery, event: ev.OfferAccepted, at: DecisionContext, /) -> Decision:
    """A YES to an offer that is over: told so, and remembered in case the slot comes free again."""
    past, current = r.past.offer, r.current.offer
    if past is not None and past.id == event.offer_id:
        said = replace(r.past, offer=replace(past, late_yes_at=past.late_yes_at or at.now))
        ended = end_left_over(replace(r, past=said), past.id, OfferStatus.EXPIRED, at)
        return Decision(ended, (too_late(past),), "The YES came too late.")
    if current is not None and current.id == event.offer_id and current.live:
        late = replace(current, late_yes_at=at.now, status=OfferStatus.EXPIRED, ended_at=at.now)
        ended = replace(r, current=replace(r.current, offer=late))
        return Decision(ended, (too_late(current),), "The YES came when the slot was not on offer any more.")
    return nothing(r, "The customer said YES again.")


@on(LOOKING, HOLDING, RECOVERED, CLOSED, event=ev.OfferSent, to=())
def note_sent(r: Recovery, event: ev.OfferSent, at: DecisionContext, /) -> Decision:
    """The carrier's answer came after the customer's, or too late: that the text left is noted all the same."""
    current, past = _noted_as_sent(r.current, event, at), _noted_as_sent(r.past, event, at)
    return Decision(replace(r, current=current, past=past), (), "The carrier took the text.")


def _noted_as_sent(attempt: Attempt, event: ev.OfferSent, at: DecisionContext) -> Attempt:
    offer = attempt.offer
    if offer is None or offer.id != event.offer_id or offer.sent_at is not None:
        return attempt
    return replace(attempt, offer=replace(offer, sent_at=at.now))


@on(HOLDING, RECOVERED, CLOSED, event=ev.OfferDeadlinePassed, to=())
def clear_away(r: Recovery, event: ev.OfferDeadlinePassed, at: DecisionContext, /) -> Decision:
    """An offer left over on a slot that is not open any more ends, and nobody else is asked."""
    offer = left_over(r).get(event.offer_id)
    if offer is None or not offer.over(at.now):
        return nothing(r, "This offer is not over yet, or was over already.")
    return _ended(r, event.offer_id, OfferStatus.EXPIRED, at)


def _ended(r: Recovery, offer_id: UUID | None, status: OfferStatus, at: DecisionContext) -> Decision:
    return Decision(end_left_over(r, offer_id, status, at), (), "The slot is not on offer any more.")
