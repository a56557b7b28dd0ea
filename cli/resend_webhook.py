"""Handles a recorded webhook again, if that is safe."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cli.target_system import CannotError
from db.recoveries import offers
from db.tasks import pending_tasks
from domain.replies import Reply
from intake import delivery_statuses, incoming_texts, stripe_webhooks
from providers.stripe.stripe_events import IgnoredEvent, IntentEvent, UnreadableEvent, read_event
from providers.twilio.webhook_forms import InboundText, UnreadableForm, read_text
from views import webhook_list
from views.webhook_list import ListedWebhook


@dataclass(frozen=True, slots=True)
class Task:
    """`again`: whether the task reads the webhook. If not, the task looks up the current state at the provider."""

    name: str
    argument: str
    again: bool = True


def resend(session: Session, webhook: ListedWebhook) -> UUID:
    """Adds a task that handles this webhook again, and returns the task's id. Raises CannotError if it is unsafe to
    handle the webhook again.

    Refuses a text that would be answered twice or would now have another meaning. For a payment event that was
    handled before, the task requests the current state from Stripe, so that a decline is not counted twice. The
    status of a message only moves forward.
    """
    for earlier in webhook_list.tasks_of(session, webhook):
        if earlier.settled_at is None:
            raise CannotError(
                f"Task {earlier.id} has not handled it yet. To retry the task: slots pending retry {earlier.id}"
            )
    task = TASK_FOR[webhook.provider, webhook.type if webhook.provider == "twilio" else ""](session, webhook)
    added = pending_tasks.add(
        session,
        task.name,
        task.argument,
        key=f"resend:{webhook.id}",
        webhook_event_id=webhook.id if task.again else None,
        shop_id=webhook.shop_id,
    )
    if added is None:
        raise CannotError("It is already queued to be handled again. See: slots pending list")
    return added


def _text(session: Session, webhook: ListedWebhook) -> Task:
    text = read_text(webhook.payload)
    if isinstance(text, UnreadableForm):
        raise CannotError(f"The webhook can't be read: {text.reason}.")
    if webhook.shop_id is None:
        raise CannotError("It was sent to a number that belongs to no shop. See: slots shop list")
    meaning = incoming_texts.classify_text(session, text)
    why_not = _why_not_again(session, webhook, text, meaning) if webhook.handled_at else None
    if why_not:
        raise CannotError(f"{why_not} It is not handled again.")
    return Task(incoming_texts.task_after(meaning), text.message_sid)


def _why_not_again(session: Session, webhook: ListedWebhook, text: InboundText, meaning: Reply) -> str | None:
    """Returns the reason why a handled text must not be handled again, or None if the text can be handled again."""
    if meaning in {Reply.STOP, Reply.START}:
        return webhook_list.happened_since(session, webhook, from_=text.from_, to=text.to)
    reply = offers.replied(session, from_=text.from_, to=text.to, channel=text.channel.value)
    if meaning not in incoming_texts.AFTER_REPLY or reply is None or reply.offer_id is None:
        return "It was already answered with a text, and its sender would get a second one."
    return webhook_list.happened_since(session, webhook, from_=text.from_, to=text.to)


def _status(session: Session, webhook: ListedWebhook) -> Task:
    message_id = webhook.payload.get("message_id")
    if not isinstance(message_id, str) or webhook.outcome == "no such message":
        raise CannotError("It refers to an unknown message, so it can't be handled.")
    return Task(delivery_statuses.AFTER_DELIVERY_STATUS, message_id)


def _event(session: Session, webhook: ListedWebhook) -> Task:
    event = read_event(webhook.payload)
    if isinstance(event, IgnoredEvent | UnreadableEvent):
        raise CannotError(f"A webhook of the type {webhook.type} is only recorded.")
    again = webhook.handled_at is None or not isinstance(event, IntentEvent)
    return Task(stripe_webhooks.task_after(event), event.intent_id, again=again)


TASK_FOR: dict[tuple[str, str], Callable[[Session, ListedWebhook], Task]] = {
    ("twilio", "inbound"): _text,
    ("twilio", "status"): _status,
    ("stripe", ""): _event,
}
