"""Records webhooks, one row per provider event, before the endpoint answers."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sessions import Speaker


@dataclass(frozen=True, slots=True)
class RecordedWebhook:
    """A received webhook. `payload` is the complete form or JSON; `received_at` is UTC."""

    id: UUID
    type: str
    payload: dict[str, Any]
    received_at: datetime


RECORD = text("""
INSERT INTO webhook_events (provider, event_id, shop_id, type, payload, handled_at, outcome)
VALUES (:provider, :event_id, :shop_id, :type, CAST(:payload AS jsonb),
        CASE WHEN CAST(:outcome AS text) IS NOT NULL THEN (SELECT clock_timestamp()) END, :outcome)
ON CONFLICT (provider, event_id) DO NOTHING RETURNING id
""")


def record(
    session: Speaker,
    *,
    provider: str,
    event_id: str,
    type: str,
    payload: dict[str, Any],
    shop_id: UUID | None = None,
    outcome: str | None = None,
) -> UUID | None:
    """Records a webhook. Returns None if it is already recorded. With an `outcome` it counts as handled."""
    values = {
        "provider": provider,
        "event_id": event_id,
        "type": type,
        "payload": json.dumps(payload),
        "shop_id": shop_id,
        "outcome": outcome,
    }
    written: UUID | None = session.execute(RECORD, values).scalar_one_or_none()
    return written


FIND = text(
    "SELECT id, type, payload, received_at FROM webhook_events WHERE provider = :provider AND event_id = :event_id"
)
# Must match the index on the PaymentIntent of webhooks.
DISPUTE_IS_OVER = text("""
SELECT EXISTS (
  SELECT 1 FROM webhook_events
   WHERE provider = 'stripe' AND type = 'charge.dispute.closed'
     AND coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}') = :intent_id
     AND payload #>> '{data,object,id}' = :dispute_id)
""")
OF_TASK = text("SELECT id, type, payload, received_at FROM webhook_events WHERE id = :id")


def find(session: Session, *, provider: str, event_id: str) -> RecordedWebhook | None:
    """Finds a webhook by the provider's id."""
    row = session.execute(FIND, {"provider": provider, "event_id": event_id}).one_or_none()
    return None if row is None else RecordedWebhook(*row)


def dispute_is_over(session: Session, *, intent_id: str, dispute_id: str) -> bool:
    """Whether Stripe has reported the end of this dispute, even if that is not handled yet."""
    return bool(session.execute(DISPUTE_IS_OVER, {"intent_id": intent_id, "dispute_id": dispute_id}).scalar_one())


def of_task(session: Session, webhook_event_id: UUID | None) -> RecordedWebhook | None:
    """The webhook that a task was created for, or None."""
    row = webhook_event_id and session.execute(OF_TASK, {"id": webhook_event_id}).one_or_none()
    return RecordedWebhook(*row) if row else None
