"""Handles replies: finds the customer and the offer, and applies the reply under the slot lock."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from db import clock
from db.customers import consent
from db.messages import messages
from db.messages.message_drafts import purpose_key
from db.recoveries import due, offers
from db.recoveries.offers import Replied
from domain import events as ev
from domain.channels import Channel
from domain.responses import response_to
from domain.templates import TextKind
from intake import incoming_texts
from messaging.write_text import TextSubject, write_text
from providers.twilio.webhook_forms import InboundText, OptOut
from worker.apply_events import apply_event
from worker.gates.slot_lock import slot_lock
from worker.offers.show_to_staff import converse, show_if_booked, show_staff
from worker.task_run import Outcome, TaskRun, task

ONCE_IN = timedelta(hours=1)

Reaction = Callable[[UUID], ev.Event]

NO_SHOP: Outcome = {"outcome": "no shop", "reason": "The text was sent to a number that belongs to no shop."}
NO_TEXT: Outcome = {"outcome": "no text", "reason": "No text was recorded under this SID."}
NO_OFFER: Outcome = {"outcome": "no offer", "reason": "There is no offer with this id."}


@task("accept_offer")
def accept_offer(run: TaskRun, answered: str) -> Outcome:
    """Handles YES: books the slot if the offer is still live."""
    # These ids are for the booking and the payment that may follow.
    yes = partial(ev.OfferAccepted, booking_id=uuid4(), payment_id=uuid4())
    return _answer(run, answered, yes, TextKind.NO_LIVE_OFFER)


@task("decline_offer")
def decline_offer(run: TaskRun, answered: str) -> Outcome:
    """Handles NO: ends the offer, so that the next customer is asked immediately."""
    return _answer(run, answered, ev.OfferDeclined, None)


def _answer(run: TaskRun, answered: str, reaction: Reaction, otherwise: TextKind | None) -> Outcome:
    """Applies `reaction` to the offer that the text answers.

    Sends `otherwise` if there is no such offer, at most once an hour. `answered`: the SID of the text, or the id of
    an offer that was answered in another way, such as by telephone.
    """
    found = _find_offer(run, answered) or find_text(run, answered)
    if not isinstance(found, tuple):
        return found
    inbound, reply = found
    if reply.offer_id and reply.slot_opening_id and reply.starts_at and _recent(run, reply):
        lock = slot_lock(run.dependencies.gates, reply.shop_id, reply.starts_at, reply.performer_id)
        with lock, run.last_transaction() as session:
            store_text(session, inbound, reply)
            if otherwise is None:
                _show_decline(session, inbound, reply)
            event = reaction(reply.offer_id)
            decision = apply_event(session, run.dependencies, reply.slot_opening_id, event, offer_id=reply.offer_id)
            return run.settle(
                session, {"outcome": type(event).__name__, "reason": decision.reason if decision else None}
            )
    return _note(run, inbound, reply, otherwise)


def _note(run: TaskRun, inbound: InboundText | None, reply: Replied, otherwise: TextKind | None) -> Outcome:
    """Stores a reply that answers no offer, or an offer whose slot has started."""
    with run.transaction() as session:
        store_text(session, inbound, reply)
        shown = otherwise is None and _show_decline(session, inbound, reply)
        converse(session, inbound, reply, needs_person=shown or reply.customer_id is None)
        sent = reply_with(session, run, reply, otherwise, inbound) if otherwise and not reply.holding else None
        return run.settle(session, {"outcome": "answered" if sent else "noted"})


def _show_decline(session: Session, inbound: InboundText | None, reply: Replied) -> bool:
    return inbound is not None and not reply.live and show_if_booked(session, inbound, reply)


def on_text(run: TaskRun, message_sid: str, reaction: Callable[[Session, InboundText, Replied], Outcome]) -> Outcome:
    """Stores the text, calls `reaction` and settles the task with the outcome, all in one transaction."""
    found = find_text(run, message_sid)
    if not isinstance(found, tuple):
        return found
    inbound, reply = found
    with run.transaction() as session:
        store_text(session, inbound, reply)
        return run.settle(session, reaction(session, inbound, reply))


@task("ask_back")
def respond(run: TaskRun, message_sid: str) -> Outcome:
    """Handles any other text: replies with a question or an answer, notifies the staff, or does nothing."""

    def react(session: Session, inbound: InboundText, reply: Replied) -> Outcome:
        meaning = incoming_texts.classify_text(session, inbound)
        answered = inbound.opt_out_type is OptOut.HELP
        response = response_to(meaning, live=reply.live, carrier_answered=answered, picture=inbound.num_media > 0)
        shown = response.staff and show_staff(session, inbound, reply)
        converse(session, inbound, reply, needs_person=response.staff)
        sent = reply_with(session, run, reply, response.text, inbound) if response.text else None
        outcome = "answered" if sent else "shown to staff" if shown else "noted"
        return {"outcome": outcome, "reason": f"The text was understood as: {meaning.value}."}

    return on_text(run, message_sid, react)


def _find_offer(run: TaskRun, offer_id: str) -> tuple[None, Replied] | Outcome | None:
    """Finds the offer. Returns None if `offer_id` is not a UUID but the SID of a text."""
    try:
        own_id = UUID(offer_id)
    except ValueError:
        return None
    with run.transaction() as session:
        reply = offers.answered_by_id(session, own_id)
    return NO_OFFER if reply is None else (None, reply)


def find_text(run: TaskRun, message_sid: str) -> tuple[InboundText, Replied] | Outcome:
    """Returns the text with its shop, customer and offer, or an outcome if the text or the shop is unknown."""
    with run.transaction() as session:
        found = incoming_texts.find(session, message_sid)
        if found is None:
            return NO_TEXT
        event, inbound = found
        if not isinstance(inbound, InboundText):
            return {"outcome": "unreadable", "reason": inbound.reason}
        written_at = inbound.written_at or event.received_at
        reply = offers.replied(
            session, from_=inbound.from_, to=inbound.to, channel=inbound.channel.value, written_at=written_at
        )
    return NO_SHOP if reply is None else (inbound, reply)


def _recent(run: TaskRun, reply: Replied) -> bool:
    """Whether the offer is live or its slot has not started yet."""
    if reply.live or reply.starts_at is None:
        return True
    with run.transaction() as session:
        return reply.starts_at > clock.now(session)


def store_text(session: Session, inbound: InboundText | None, reply: Replied) -> None:
    """Stores the text as a message. Does nothing for a reply that was not a text."""
    if inbound is None:
        return
    messages.receive(
        session,
        shop_id=reply.shop_id,
        customer_id=reply.customer_id,
        channel=inbound.channel.value,
        to_address=inbound.to,
        from_address=inbound.from_,
        body=inbound.body,
        provider_id=inbound.message_sid,
        slot_offer_id=reply.offer_id,
    )


def reply_with(
    session: Session, run: TaskRun, reply: Replied, kind: TextKind, inbound: InboundText | None
) -> UUID | None:
    """Replies on the channel of the text.

    To stop loops with automatic replies, sends at most one answer per hour and one question per offer.
    """
    if reply.customer_id is None:
        return None
    now = clock.now(session)
    if messages.recently_sent(session, reply.customer_id, kind.value, since=now - ONCE_IN):
        return None
    once = [reply.offer_id] if kind is TextKind.ASK_BACK else [reply.customer_id, f"{now:%Y-%m-%dT%H}"]
    return write_text(
        session,
        kind,
        customer_id=reply.customer_id,
        purpose_key=purpose_key(kind.value, *once),
        subject=TextSubject(slot_opening_id=reply.slot_opening_id, starts_at=reply.starts_at),
        senders=run.dependencies.senders,
        channel=Channel(inbound.channel.value) if inbound else None,
    )


@task("opt_out")
def opt_out(run: TaskRun, message_sid: str) -> Outcome:
    """Handles STOP: suppresses the number for this shop, then ends the customer's offer or hold."""

    def react(session: Session, inbound: InboundText, reply: Replied) -> Outcome:
        consent.suppress(session, shop_id=reply.shop_id, phone=inbound.from_, reason="The customer texted STOP.")
        if (reply.live or reply.holding) and reply.offer_id and reply.slot_opening_id:
            event = ev.CustomerOptedOut(reply.offer_id)
            apply_event(session, run.dependencies, reply.slot_opening_id, event, offer_id=reply.offer_id)
        return {"outcome": "opted out", "reason": "The customer texted STOP."}

    return on_text(run, message_sid, react)


@task("opt_in")
def opt_in(run: TaskRun, message_sid: str) -> Outcome:
    """Handles START: lifts the suppression. The carrier itself replies to START."""

    def react(session: Session, inbound: InboundText, reply: Replied) -> Outcome:
        channel = inbound.channel.value
        consent.lift(session, shop_id=reply.shop_id, phone=inbound.from_, channel=channel, wording=inbound.body)
        due.wake_searches(session, [reply.shop_id], but=[])
        return {"outcome": "opted in", "reason": "The customer texted START."}

    return on_text(run, message_sid, react)
