"""Which task handles a recorded webhook, and whether handling it again could do harm."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cli.target_system import CannotError
from db import offers, pending_tasks
from domain.replies import Reply
from intake import incoming_texts, next_tasks, stripe_webhooks
from providers.stripe.stripe_events import IgnoredEvent, IntentEvent, UnreadableEvent, read_event
from providers.twilio.webhook_forms import InboundText, UnreadableForm, read_text
from views import webhook_list
from views.webhook_list import ListedWebhook


@dataclass(frozen=True, slots=True)
class Task:
    """`again`: what it is told by is the webhook itself; else it looks for the truth by itself."""

    name: str
    argument: str
    again: bool = True


def resend(session: Session, heard: ListedWebhook) -> UUID:
    """Writes down a task that handles this webhook again; answers its id. Raises CannotError where that can't be.

    Harmless: a text that would be answered twice or means something else by now is refused, of a payment whose event
    was handled only Stripe's own word counts (a decline is not counted twice), and a message's status only climbs.
    """
    for its in webhook_list.tasks_of(session, heard):
        if its.settled_at is None:
            fix = f"Give that one a fresh start: slots pending retry {its.id}"
            raise CannotError(f"It is still to be handled, by the task {its.id}. {fix}")
    task = TASK_FOR[heard.provider, heard.type if heard.provider == "twilio" else ""](session, heard)
    added = pending_tasks.add(
        session,
        task.name,
        task.argument,
        key=f"resend:{heard.id}",
        webhook_event_id=heard.id if task.again else None,
        shop_id=heard.shop_id,
    )
    if added is None:
        raise CannotError("Somebody has just asked for the same. See: slots pending list")
    return added


def _text(session: Session, heard: ListedWebhook) -> Task:
    text = read_text(heard.payload)
    if isinstance(text, UnreadableForm):
        raise CannotError(f"It can't be read: {text.reason}. Nothing can be done about it.")
    if heard.shop_id is None:
        raise CannotError("It was sent to a number that belongs to no shop. See: slots shop list")
    meaning = incoming_texts.classify_text(session, text)
    why_not = _why_not_again(session, heard, text, meaning) if heard.handled_at else None
    if why_not:
        raise CannotError(f"{why_not} It is not handled again.")
    return Task(incoming_texts.task_after(meaning), text.message_sid)


def _why_not_again(session: Session, heard: ListedWebhook, text: InboundText, meaning: Reply) -> str | None:
    """Of a text that was handled before: would its sender notice?"""
    if meaning in {Reply.STOP, Reply.START}:
        return webhook_list.happened_since(session, heard, from_=text.from_, to=text.to)
    reply = offers.replied(session, from_=text.from_, to=text.to)
    if meaning not in next_tasks.AFTER_REPLY or reply is None or reply.offer_id is None:
        return "It was answered with a text of ours; its sender would get another one."
    return webhook_list.happened_since(session, heard, from_=text.from_, to=text.to)


def _status(session: Session, heard: ListedWebhook) -> Task:
    message_id = heard.payload.get("message_id")
    if not isinstance(message_id, str) or heard.outcome == "no such message":
        raise CannotError("It is about no message of ours. Nothing can be done about it.")
    return Task(next_tasks.AFTER_DELIVERY_STATUS, message_id)


def _event(session: Session, heard: ListedWebhook) -> Task:
    event = read_event(heard.payload)
    if isinstance(event, IgnoredEvent | UnreadableEvent):
        raise CannotError(f"Nothing follows from a {heard.type}: it is only recorded.")
    again = heard.handled_at is None or not isinstance(event, IntentEvent)
    return Task(stripe_webhooks.task_after(event), event.intent_id, again=again)


TASK_FOR: dict[tuple[str, str], Callable[[Session, ListedWebhook], Task]] = {
    ("twilio", "inbound"): _text,
    ("twilio", "status"): _status,
    ("stripe", ""): _event,
}
