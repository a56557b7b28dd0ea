"""Records each webhook as one row, with the task that handles it, before the endpoint responds."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import driver_statements
from db.sessions import Speaker, connection_of
from db.sql import compiled
from db.tasks import pending_tasks
from db.tasks.pending_tasks import PATIENCE, UnpublishedRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RecordedWebhook:
    """A received webhook. `payload` is the complete form or JSON body; `received_at` is UTC."""

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
    """Records a webhook, as handled if it has an `outcome`. Returns None if it is already recorded."""
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


def record_unreadable(
    session: Speaker, *, provider: str, event_id: str, type: str, payload: dict[str, Any], reason: str
) -> UUID | None:
    """Records an invalid webhook for operators, without a task."""
    log.warning("webhook_unreadable", type=type, reason=reason)
    outcome = f"unreadable: {reason}"
    return record(session, provider=provider, event_id=event_id, type=type, payload=payload, outcome=outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingWebhook:
    """A webhook and its task. `argument` is the task's argument, an id.

    If no shop is found, `outcome_without_shop` is stored instead of a task; if this outcome is None, the task is
    written anyway. In addition, `id_without_shop` is stored instead of `event_id`, because the sender may have
    invented the event id.
    """

    provider: str
    event_id: str
    type: str
    payload: dict[str, Any]
    task: str
    argument: object
    outcome_without_shop: str | None = None
    id_without_shop: str | None = None


# One statement finds the shop and writes the webhook and its task, so that an endpoint needs one round trip. If
# `applied` returns an outcome, the webhook needs no task.
RECORD_WITH_TASK = """
WITH found AS (
  SELECT (/* shop */) AS shop_id, (SELECT clock_timestamp()) AS now
), /* applied */, webhook AS (
  INSERT INTO webhook_events (provider, event_id, shop_id, type, payload, handled_at, outcome)
  SELECT :provider, CASE WHEN shop_id IS NULL THEN :id_without_shop ELSE :event_id END, shop_id, :type,
         CAST(:payload AS jsonb),
         CASE WHEN done.outcome IS NOT NULL
                OR shop_id IS NULL AND CAST(:outcome_without_shop AS text) IS NOT NULL THEN now END,
         CASE WHEN shop_id IS NULL THEN CAST(:outcome_without_shop AS text) ELSE done.outcome END
    FROM found, (SELECT (SELECT outcome FROM applied) AS outcome) done
  ON CONFLICT (provider, event_id) DO NOTHING
  RETURNING id, shop_id, outcome
), task AS (
  INSERT INTO pending_tasks (id, shop_id, name, args, webhook_event_id, due_at, next_ring_at)
  SELECT :task_id, webhook.shop_id, :task, CAST(:args AS jsonb), webhook.id, now, now + CAST(:patience AS interval)
    FROM webhook, found
   WHERE webhook.outcome IS NULL
  RETURNING id
)
SELECT webhook.id, task.id AS task_id FROM webhook LEFT JOIN task ON true
"""

NOTHING_APPLIED = "applied AS (SELECT CAST(NULL AS text) AS outcome)"


def recording_for(shop: str, *, applied: str = NOTHING_APPLIED) -> str:
    """Returns the statement for webhooks whose shop is found by the SQL expression `shop`.

    `applied` is one or more common table expressions. The last is named `applied` and returns the outcome of a
    webhook that needs no task.
    """
    statement = RECORD_WITH_TASK.replace("/* shop */", shop).replace("/* applied */", applied)
    return compiled(text(statement)).string


def record_with_task(session: Speaker, statement: str, webhook: IncomingWebhook, **parameters: object) -> UUID | None:
    """Records the webhook and its task, which is published after the commit.

    Returns the id of the webhook, or None if it was recorded before. `statement` comes from `recording_for`, and
    `parameters` are the parameters of its SQL.
    """
    task_id = uuid4()
    values = {
        "provider": webhook.provider,
        "event_id": webhook.event_id,
        "id_without_shop": webhook.id_without_shop or webhook.event_id,
        "type": webhook.type,
        "payload": json.dumps(webhook.payload),
        "outcome_without_shop": webhook.outcome_without_shop,
        "task_id": task_id,
        "task": webhook.task,
        "args": json.dumps([str(webhook.argument)]),
        "patience": PATIENCE,
    }
    row = driver_statements.execute(connection_of(session), statement, values | parameters).one_or_none()
    if row is None:
        return None
    if row.task_id is not None:
        pending_tasks.leave_unpublished(session, [UnpublishedRow(task_id, webhook.task, [str(webhook.argument)])])
    recorded: UUID = row.id
    return recorded


FIND = text(
    "SELECT id, type, payload, received_at FROM webhook_events WHERE provider = :provider AND event_id = :event_id"
)
# The expression must match the index on the PaymentIntent of webhooks.
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
    """Whether Stripe has reported that this dispute is closed, even if the webhook has not been handled yet."""
    return bool(session.execute(DISPUTE_IS_OVER, {"intent_id": intent_id, "dispute_id": dispute_id}).scalar_one())


def of_task(session: Session, webhook_event_id: UUID | None) -> RecordedWebhook | None:
    """Returns the webhook that a task was created for, or None."""
    row = webhook_event_id and session.execute(OF_TASK, {"id": webhook_event_id}).one_or_none()
    return RecordedWebhook(*row) if row else None
