"""What the payment company tells, heard at the door or found in its list of events: recorded, each with its task."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db import webhook_events
from db.sessions import Speaker
from intake import recording
from intake.recording import IncomingWebhook

TASK_OF: dict[str | None, str] = {
    "succeeded": "handle_payment_success",
    "failed": "handle_payment_failure",
    "cancelled": "handle_payment_change",
    "processing": "handle_payment_change",
    None: "handle_payment_change",
}
"""By what happened to a payment; None for what happened to its refund or in a dispute about it."""

# The webhook of a payment can be faster than the answer to our own call that made it: then our own id finds it.
RECORD = recording.shop_of_number("""
  SELECT shop_id FROM payments WHERE stripe_payment_intent_id = :intent_id
  UNION ALL
  SELECT shop_id FROM payments WHERE id = :payment_id AND stripe_payment_intent_id IS NULL
  LIMIT 1
""")


def record(
    session: Speaker,
    *,
    event_id: str,
    payload: dict[str, Any],
    intent_id: str | None,
    change: str | None = None,
    metadata: Mapping[str, str],
    outcome: str | None = None,
) -> UUID | None:
    """Writes down an event about this intent, and the task that looks into it; None: known already.

    Whether the intent is ours need not be clear yet: our own record of it may come later. An event about no intent
    has its `outcome` already.
    """
    kind = str(payload.get("type", ""))
    if intent_id is None:
        return webhook_events.record(
            session, provider="stripe", event_id=event_id, type=kind, payload=payload, outcome=outcome
        )
    event = IncomingWebhook(
        provider="stripe",
        event_id=event_id,
        type=kind,
        payload=payload,
        task=TASK_OF[change],
        argument=intent_id,
    )
    return recording.write(
        session, RECORD, event, intent_id=intent_id, payment_id=_id(metadata.get("payment_id", ""))
    )


def _id(text: str) -> UUID | None:
    """Anybody's metadata may hold anything."""
    try:
        return UUID(text)
    except ValueError:
        return None
