"""What the payment company tells, heard at the door or found in its list of events: recorded, each with its task."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from db import payments, pending_tasks, webhook_events

TASK_OF: dict[str, str] = {"succeeded": "handle_payment_success", "failed": "handle_payment_failure"}
"""By what happened to a payment; whatever else happened to it is one task's."""

OTHERWISE = "handle_payment_change"


def record(
    session: Session,
    *,
    event_id: str,
    payload: dict[str, Any],
    intent_id: str,
    change: str | None = None,
    metadata: Mapping[str, str],
) -> UUID | None:
    """Writes down an event about this intent, and the task that looks into it; None: known already.

    Whether the intent is ours need not be clear yet: our own record of it may come later.
    """
    found = payments.find_by_intent(session, intent_id, metadata)
    shop_id = found.shop_id if found else None
    recorded = webhook_events.record(
        session,
        provider="stripe",
        event_id=event_id,
        type=str(payload.get("type", "")),
        payload=payload,
        shop_id=shop_id,
    )
    if recorded:
        task = TASK_OF.get(change or "", OTHERWISE)
        pending_tasks.add(session, task, intent_id, webhook_event_id=recorded, shop_id=shop_id)
    return recorded
