"""Records Stripe events, which come from webhooks or from Stripe's list."""

from typing import Any
from uuid import UUID

import structlog

from db.sessions import Speaker
from db.webhooks import webhook_events
from db.webhooks.webhook_events import IncomingWebhook
from providers.stripe.stripe_events import (
    DisputeEvent,
    IgnoredEvent,
    IntentChange,
    IntentEvent,
    RefundEvent,
    UnreadableEvent,
    read_event,
)

log = structlog.get_logger()

AFTER_INTENT_EVENT: dict[IntentChange, str] = {
    IntentChange.SUCCEEDED: "handle_payment_success",
    IntentChange.FAILED: "handle_payment_failure",
    IntentChange.CANCELLED: "handle_payment_change",
    IntentChange.PROCESSING: "handle_payment_change",
}

AFTER_REFUND_OR_DISPUTE = "handle_payment_change"

# A webhook may arrive before the response to the call that created the intent.
# In this case, our own id finds the payment.
RECORD = webhook_events.recording_for("""
  SELECT shop_id FROM payments WHERE stripe_payment_intent_id = :intent_id
  UNION ALL
  SELECT shop_id FROM payments WHERE id = :payment_id AND stripe_payment_intent_id IS NULL
  LIMIT 1
""")


def record(session: Speaker, payload: dict[str, Any]) -> UUID | None:
    """Records a signed or listed event of any type.

    Returns the id of the webhook, or None if the webhook was recorded before. Adds a task even if no payment is
    known, because our own record of the intent may be written later.
    """
    event, type = read_event(payload), str(payload.get("type", ""))
    if isinstance(event, IgnoredEvent | UnreadableEvent):
        outcome = "ignored"
        if isinstance(event, UnreadableEvent):
            # This is logged as an error, because a payment may depend on the event.
            log.error("webhook_unreadable", type=event.type, reason=event.reason)
            outcome = f"unreadable: {event.reason}"
        return webhook_events.record(
            session, provider="stripe", event_id=event.event_id, type=type, payload=payload, outcome=outcome
        )
    webhook = IncomingWebhook(
        provider="stripe",
        event_id=event.event_id,
        type=type,
        payload=payload,
        task=task_after(event),
        argument=event.intent_id,
    )
    payment_id = None if isinstance(event, DisputeEvent) else _as_uuid(event.metadata.get("payment_id", ""))
    return webhook_events.record_with_task(session, RECORD, webhook, intent_id=event.intent_id, payment_id=payment_id)


def task_after(event: IntentEvent | RefundEvent | DisputeEvent) -> str:
    """Returns the name of the task that handles this event."""
    if isinstance(event, IntentEvent):
        return AFTER_INTENT_EVENT[event.change]
    return AFTER_REFUND_OR_DISPUTE


def _as_uuid(text: str) -> UUID | None:
    """Returns the id, or None for other text, because intents of other systems may contain any metadata."""
    try:
        return UUID(text)
    except ValueError:
        return None
