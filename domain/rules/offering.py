"""Rules for offers that are sent, delayed, undeliverable, expired or answered."""

from datetime import timedelta
from uuid import UUID

from domain import events as ev
from domain.policy import asking_ends_at, offer_window, window_ends_at
from domain.replacing import replace
from domain.rules.late_yes import note_late_yes
from domain.rules.state_changes import (
    NOT_STANDING,
    can_be_moved,
    effects_of_yes,
    end_leftover_offer,
    end_offer,
    hold_for,
    id_of,
    leftover_offers,
    long_enough,
    next_in_line,
    no_change,
    not_moved,
    search_again,
    too_late,
)
from domain.rules.table import CLOSED, HOLDING, LOOKING, OFFERING, RECOVERED, Decision, DecisionContext, on
from domain.state import (
    Attempt,
    EndedAs,
    Offer,
    OfferStatus,
    Recovery,
)

IN_TIME = "The customer said YES in time."
SHORTENED = "Part of the slot was gone when the YES came."


def _live_offer(r: Recovery, event: ev.OfferSent | ev.OfferDelayed | ev.OfferUndeliverable) -> Offer | None:
    offer = r.current.offer
    return offer if offer is not None and offer.id == event.offer_id and offer.live else None


def _window(r: Recovery, offer: Offer, context: DecisionContext) -> timedelta:
    """Returns the window of the offer. The text of the offer can state this window."""
    return offer.window or offer_window(context.policy, now=context.now, starts_at=r.slot.starts_at)


@on(OFFERING, event=ev.OfferSent, to=())
def open_window(r: Recovery, event: ev.OfferSent, context: DecisionContext, /) -> Decision:
    """Starts the customer's window when the carrier has accepted the text."""
    offer = _live_offer(r, event)
    if offer is None or offer.status is OfferStatus.SENT:
        return no_change(r, "The window of this offer is already open, or has ended.")
    until = window_ends_at(context.now, _window(r, offer, context), r.slot.starts_at)
    sent = replace(offer, status=OfferStatus.SENT, sent_at=context.now, expires_at=until, untried=False)
    return Decision(replace(r, current=replace(r.current, offer=sent)), (), "The carrier accepted the text.")


@on(OFFERING, event=ev.OfferDelayed, to=())
def delay_offer(r: Recovery, event: ev.OfferDelayed, context: DecisionContext, /) -> Decision:
    """Extends the sending deadline of an offer whose text could not be sent yet."""
    offer = _live_offer(r, event)
    if offer is None or offer.status is OfferStatus.SENT:
        return no_change(r, "The offer has been sent, or has ended.")
    until = window_ends_at(event.retry_at, _window(r, offer, context), r.slot.starts_at)
    later = replace(offer, expires_at=until)
    return Decision(
        replace(r, current=replace(r.current, offer=later)), (), "The carrier doesn't accept texts at the moment."
    )


@on(OFFERING, event=ev.OfferUndeliverable, to=(LOOKING, CLOSED))
def skip_unreachable_customer(r: Recovery, event: ev.OfferUndeliverable, context: DecisionContext, /) -> Decision:
    """Ends an offer that can't be delivered, and searches for the next customer."""
    if _live_offer(r, event) is None:
        return no_change(r, "The offer has already ended.")
    return search_again(end_offer(r, OfferStatus.FAILED, context), context, event.reason)


@on(OFFERING, event=ev.OfferDeadlinePassed, to=(LOOKING, CLOSED))
def expire_offer(r: Recovery, event: ev.OfferDeadlinePassed, context: DecisionContext, /) -> Decision:
    """Ends an unanswered offer, and searches for the next customer. Extends an offer whose text was never sent."""
    offer = r.current.offer
    if offer is None or offer.id != event.offer_id or not offer.over(context.now):
        return no_change(r, "The offer has not expired yet, or had already ended.")
    if offer.untried and context.now <= asking_ends_at(r.slot.starts_at, context.policy):
        until = window_ends_at(context.now, _window(r, offer, context), r.slot.starts_at)
        later = replace(r, current=replace(r.current, offer=replace(offer, expires_at=until)))
        return Decision(later, (), "The text has not been sent yet; the window opens once it is.")
    return search_again(end_offer(r, OfferStatus.EXPIRED, context), context, "No answer in time.")


@on(OFFERING, event=ev.OfferDeclined, to=(LOOKING, CLOSED))
def decline_offer(r: Recovery, event: ev.OfferDeclined, context: DecisionContext, /) -> Decision:
    """Ends the offer after a NO, and searches for the next customer."""
    if event.offer_id != id_of(r.current.offer):
        return withdraw_late_yes(r, event, context)
    return search_again(end_offer(r, OfferStatus.DECLINED, context), context, "The customer said no.")


@on(OFFERING, event=ev.CustomerOptedOut, to=(LOOKING, CLOSED))
def end_offer_on_opt_out(r: Recovery, event: ev.CustomerOptedOut, context: DecisionContext, /) -> Decision:
    """Ends the offer of a customer who opted out, and searches for the next customer."""
    if event.offer_id != id_of(r.current.offer):
        return no_change(r, "The offer had already ended.")
    ended = end_offer(r, OfferStatus.DECLINED, context, EndedAs.OPTED_OUT)
    return search_again(ended, context, "The customer opted out of texts.")


@on(LOOKING, RECOVERED, CLOSED, event=ev.OfferDeclined, to=())
def withdraw_late_yes(r: Recovery, event: ev.OfferDeclined, context: DecisionContext, /) -> Decision:
    """After a NO, ends an offer that is still live although its slot is not open, or withdraws a late YES."""
    if event.offer_id in leftover_offers(r):
        return _end_leftover(r, event.offer_id, OfferStatus.DECLINED, context)
    offer = r.past.offer
    if offer is None or offer.id != event.offer_id or offer.late_yes_at is None:
        return no_change(r, "The offer had already ended.")
    past = replace(r.past, offer=replace(offer, late_yes_at=None))
    return Decision(replace(r, past=past), (), "The customer no longer wants the slot.")


@on(RECOVERED, CLOSED, event=ev.CustomerOptedOut, to=())
def end_leftover_on_opt_out(r: Recovery, event: ev.CustomerOptedOut, context: DecisionContext, /) -> Decision:
    """Ends an offer that is still live although its slot is not open, after its customer opted out."""
    if event.offer_id not in leftover_offers(r):
        return no_change(r, "The offer had already ended.")
    return _end_leftover(r, event.offer_id, OfferStatus.DECLINED, context)


@on(OFFERING, event=ev.OfferAccepted, to=(HOLDING, RECOVERED, LOOKING, CLOSED))
def accept_offer(r: Recovery, event: ev.OfferAccepted, context: DecisionContext, /) -> Decision:
    """Holds or books the slot after a YES in time. After a late YES, stores the YES and searches again."""
    offer = r.current.offer
    if offer is None or offer.id != event.offer_id:
        return note_late_yes(r, event, context)
    if refused := _turned_down(r, offer, context):
        return refused
    if offer.over(context.now) and context.now <= asking_ends_at(r.slot.starts_at, context.policy):
        late = replace(r, current=replace(r.current, offer=replace(offer, late_yes_at=context.now)))
        ended = end_offer(late, OfferStatus.EXPIRED, context)
        return search_again(ended, context, "The YES came after the offer had expired.", next_in_line(offer))
    reason = "The YES came late, but nobody else can be asked." if offer.over(context.now) else IN_TIME
    return Decision(hold_for(r, offer, event, context), effects_of_yes(r, event, offer), reason)


def _turned_down(r: Recovery, offer: Offer, context: DecisionContext) -> Decision | None:
    """Ends the offer if a customer who says YES can't get the slot. Returns None if the customer can get it."""
    refusals = (
        (context.now >= r.slot.starts_at, OfferStatus.EXPIRED, "The YES came after the start.", too_late),
        (r.slot.taken, OfferStatus.EXPIRED, "The slot was gone when the YES came.", too_late),
        (not long_enough(r, offer.books_until), OfferStatus.EXPIRED, SHORTENED, too_late),
        (r.current.busy, OfferStatus.DECLINED, "The customer has another appointment at this time.", too_late),
        (not can_be_moved(offer), OfferStatus.DECLINED, NOT_STANDING, not_moved),
    )
    for refused, status, reason, text in refusals:
        if refused:
            return search_again(end_offer(r, status, context), context, reason, text(offer))
    return None


@on(LOOKING, HOLDING, RECOVERED, CLOSED, event=ev.OfferSent, to=())
def record_sent(r: Recovery, event: ev.OfferSent, context: DecisionContext, /) -> Decision:
    """Records when the text was sent, even if the offer was answered or ended before the carrier responded."""
    current, past = _with_sent_at(r.current, event, context), _with_sent_at(r.past, event, context)
    return Decision(replace(r, current=current, past=past), (), "The carrier accepted the text.")


def _with_sent_at(attempt: Attempt, event: ev.OfferSent, context: DecisionContext) -> Attempt:
    offer = attempt.offer
    if offer is None or offer.id != event.offer_id or offer.sent_at is not None:
        return attempt
    return replace(attempt, offer=replace(offer, sent_at=context.now))


@on(HOLDING, RECOVERED, CLOSED, event=ev.OfferDeadlinePassed, to=())
def expire_leftover_offer(r: Recovery, event: ev.OfferDeadlinePassed, context: DecisionContext, /) -> Decision:
    """Ends an expired offer that is still live although its slot is not open, without searching again."""
    offer = leftover_offers(r).get(event.offer_id)
    if offer is None or not offer.over(context.now):
        return no_change(r, "The offer has not expired yet, or had already ended.")
    return _end_leftover(r, event.offer_id, OfferStatus.EXPIRED, context)


def _end_leftover(r: Recovery, offer_id: UUID | None, status: OfferStatus, context: DecisionContext) -> Decision:
    return Decision(end_leftover_offer(r, offer_id, status, context), (), "The slot is no longer on offer.")
