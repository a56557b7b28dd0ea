"""What a customer's text does: finds whom and what it is about, under the slot's lock, and lets it happen."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from db import clock, consent, due, messages, offers
from db.offers import Replied
from domain import events as ev
from domain.responses import response_to
from domain.templates import TextKind
from intake import incoming_texts
from providers.twilio.webhook_forms import InboundText, OptOut
from worker.apply_events import apply_event
from worker.gates.slot_lock import slot_lock
from worker.messages.compose_text import TextSubject, write_text
from worker.offers.show_to_staff import show_if_booked, show_staff
from worker.task_run import Outcome, TaskRun

ONCE_IN = timedelta(hours=1)

TO_THE_SECOND = timedelta(seconds=1)
"""The carrier's list says no more exactly when a text was sent."""

Reaction = Callable[[UUID], ev.Event]

NO_SHOP = {"outcome": "no shop", "reason": "The number that was written to belongs to no shop."}
NO_TEXT = {"outcome": "no text", "reason": "No text was recorded under this SID."}
NO_OFFER = {"outcome": "no offer", "reason": "There is no offer with this id."}


def accepted(offer_id: UUID) -> ev.Event:
    """A YES brings the ids of what it may come to."""
    return ev.OfferAccepted(offer_id, booking_id=uuid4(), payment_id=uuid4())


def answer(run: TaskRun, answered: str, reaction: Reaction, otherwise: TextKind | None) -> Outcome:
    """Lets `reaction` happen to the offer the text answers; if there is none, says `otherwise`, once an hour at most.

    `answered` is the text's SID, or the offer's own id: what was said on the telephone, say, left no text.
    """
    found = _find_offer(run, answered) or _find(run, answered)
    if not isinstance(found, tuple):
        return found
    heard, reply = found
    if reply.offer_id and reply.slot_opening_id and reply.starts_at and _recent(run, reply):
        lock = slot_lock(run.dependencies.gates, reply.shop_id, reply.starts_at, reply.performer_id)
        with lock, run.transaction() as session:
            _keep(session, heard, reply)
            if otherwise is None:
                _show_no(session, heard, reply)
            event = reaction(reply.offer_id)
            decision = apply_event(session, run.dependencies, reply.slot_opening_id, event, offer_id=reply.offer_id)
            return run.settle(
                session, {"outcome": type(event).__name__, "reason": decision.reason if decision else None}
            )
    with run.transaction() as session:
        _keep(session, heard, reply)
        if otherwise is None:
            _show_no(session, heard, reply)
        said = _say(session, run, reply, otherwise) if otherwise and not reply.holding else None
        return run.settle(session, {"outcome": "answered" if said else "noted"})


def _show_no(session: Session, heard: InboundText | None, reply: Replied) -> None:
    if heard is not None and not reply.live:
        show_if_booked(session, heard, reply)


def respond(run: TaskRun, message_sid: str) -> Outcome:
    """To a text that neither accepts nor declines: a question, an answer, the shop's staff, or nothing."""
    found = _find(run, message_sid)
    if not isinstance(found, tuple):
        return found
    heard, reply = found
    with run.transaction() as session:
        _keep(session, heard, reply)
        meaning = incoming_texts.classify_text(session, heard)
        answered = heard.opt_out_type is OptOut.HELP
        response = response_to(meaning, live=reply.live, carrier_answered=answered, picture=heard.num_media > 0)
        shown = response.staff and show_staff(session, heard, reply)
        said = _say(session, run, reply, response.text) if response.text else None
        outcome = "answered" if said else "shown to staff" if shown else "noted"
        return run.settle(session, {"outcome": outcome, "reason": f"The text was taken for: {meaning.value}."})


def _find_offer(run: TaskRun, offer_id: str) -> tuple[None, Replied] | Outcome | None:
    """None: this is no offer's id, so it is a text's."""
    try:
        asked_for = UUID(offer_id)
    except ValueError:
        return None
    with run.transaction() as session:
        reply = offers.answered_by_id(session, asked_for)
    return NO_OFFER if reply is None else (None, reply)


def _find(run: TaskRun, message_sid: str) -> tuple[InboundText, Replied] | Outcome:
    with run.transaction() as session:
        found = incoming_texts.find(session, message_sid)
        if found is None:
            return NO_TEXT
        event, heard = found
        if not isinstance(heard, InboundText):
            return {"outcome": "unreadable", "reason": heard.reason}
        written_at = heard.sent_at + TO_THE_SECOND if heard.sent_at else event.received_at
        reply = offers.replied(session, from_=heard.from_, to=heard.to, written_at=written_at)
    return NO_SHOP if reply is None else (heard, reply)


def _recent(run: TaskRun, reply: Replied) -> bool:
    """An offer whose time has come is answered by nothing any more, unless it still stands."""
    if reply.live or reply.starts_at is None:
        return True
    with run.transaction() as session:
        return reply.starts_at > clock.now(session)


def _keep(session: Session, heard: InboundText | None, reply: Replied) -> None:
    if heard is None:
        return
    messages.receive(
        session,
        shop_id=reply.shop_id,
        customer_id=reply.customer_id,
        channel=heard.channel.value,
        to_address=heard.to,
        from_address=heard.from_,
        body=heard.body,
        provider_id=heard.message_sid,
        slot_offer_id=reply.offer_id,
    )


def _say(session: Session, run: TaskRun, reply: Replied, kind: TextKind) -> UUID | None:
    """One answer an hour, one question an offer: two machines that answer each other must not go on for ever."""
    if reply.customer_id is None:
        return None
    now = clock.now(session)
    if messages.recently_sent(session, reply.customer_id, kind.value, since=now - ONCE_IN):
        return None
    about = TextSubject(slot_opening_id=reply.slot_opening_id, starts_at=reply.starts_at)
    once = reply.offer_id if kind is TextKind.ASK_BACK else f"{reply.customer_id}:{now:%Y-%m-%dT%H}"
    key = f"{kind.value}:{once}"
    return write_text(
        session, kind, customer_id=reply.customer_id, purpose_key=key, about=about, app_url=run.dependencies.app_url
    )


def opt_out(run: TaskRun, message_sid: str) -> Outcome:
    """Suppresses the number for this shop first; then whatever is on offer moves on."""
    found = _find(run, message_sid)
    if not isinstance(found, tuple):
        return found
    heard, reply = found
    with run.transaction() as session:
        _keep(session, heard, reply)
        consent.suppress(session, shop_id=reply.shop_id, phone=heard.from_, reason="The customer texted STOP.")
        if (reply.live or reply.holding) and reply.offer_id and reply.slot_opening_id:
            event = ev.CustomerOptedOut(reply.offer_id)
            apply_event(session, run.dependencies, reply.slot_opening_id, event, offer_id=reply.offer_id)
        return run.settle(session, {"outcome": "opted out", "reason": "The customer texted STOP."})


def opt_in(run: TaskRun, message_sid: str) -> Outcome:
    """Lifts the suppression. The carrier answers START itself."""
    found = _find(run, message_sid)
    if not isinstance(found, tuple):
        return found
    heard, reply = found
    with run.transaction() as session:
        _keep(session, heard, reply)
        consent.lift(session, shop_id=reply.shop_id, phone=heard.from_, wording=heard.body)
        due.wake_searches(session, [reply.shop_id], but=[])
        return run.settle(session, {"outcome": "opted in", "reason": "The customer texted START."})
