"""Recorded webhooks for operators, and whether they can be handled again."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """A webhook. `payload` contains the complete form or JSON. Times are UTC."""

    id: UUID
    provider: str
    event_id: str
    type: str
    shop_id: UUID | None
    received_at: dt.datetime
    handled_at: dt.datetime | None
    outcome: str | None
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookTask:
    """A task created for a webhook."""

    id: UUID
    name: str
    attempts: int
    last_error: str | None
    settled_at: dt.datetime | None
    parked_at: dt.datetime | None


COLUMNS = "id, provider, event_id, type, shop_id, received_at, handled_at, outcome, payload"
NEWEST = text(f"""
SELECT {COLUMNS} FROM webhook_events
 WHERE (CAST(:provider AS text) IS NULL OR provider = CAST(:provider AS text))
   AND (CAST(:type AS text) IS NULL OR type = CAST(:type AS text))
   AND (NOT :unhandled OR handled_at IS NULL)
 ORDER BY received_at DESC, id LIMIT :limit
""")  # noqa: S608 - built from the constant above
NAMED = text(f"""
SELECT {COLUMNS} FROM webhook_events WHERE event_id = :words OR id = CAST(:id AS uuid) ORDER BY received_at LIMIT 1
""")  # noqa: S608 - built from the constant above
TASKS = text("""
SELECT id, name, attempts, last_error, settled_at, parked_at FROM pending_tasks
 WHERE webhook_event_id = :id ORDER BY created_at, id
""")
# A later text from the customer or a later offer to the customer changes the meaning of an old text.
SINCE = text("""
SELECT EXISTS (SELECT 1 FROM webhook_events later
                WHERE later.provider = 'twilio' AND later.type = 'inbound' AND later.received_at > :at
                  AND later.payload ->> 'From' = :from_ AND later.payload ->> 'To' = :to) AS said_more,
       EXISTS (SELECT 1 FROM slot_offers o JOIN customers c ON c.id = o.customer_id
                WHERE c.shop_id = :shop_id AND c.phone_e164 = phone_line(:from_)
                  AND o.created_at > :at) AS asked_again
""")


def newest(
    session: Session, *, limit: int, provider: str | None = None, type: str | None = None, unhandled: bool = False
) -> list[ListedWebhook]:
    """Returns webhooks, newest first. A filter of None means no restriction."""
    values = {"limit": limit, "provider": provider, "type": type, "unhandled": unhandled}
    return [ListedWebhook(**row) for row in session.execute(NEWEST, values).mappings()]


def named(session: Session, words: str) -> ListedWebhook | None:
    """Finds a webhook by our id or the provider's id."""
    try:
        own = UUID(words)
    except ValueError:
        own = None
    row = session.execute(NAMED, {"words": words, "id": own}).mappings().one_or_none()
    return None if row is None else ListedWebhook(**row)


def tasks_of(session: Session, webhook: ListedWebhook) -> list[WebhookTask]:
    """Returns the webhook's tasks, oldest first. The cleanup job deletes settled tasks after some days."""
    return [WebhookTask(**row) for row in session.execute(TASKS, {"id": webhook.id}).mappings()]


def happened_since(session: Session, webhook: ListedWebhook, *, from_: str, to: str) -> str | None:
    """Returns the reason why this text would now be interpreted differently, or None if there is no such reason."""
    values = {"at": webhook.received_at, "from_": from_, "to": to, "shop_id": webhook.shop_id}
    since = session.execute(SINCE, values).one()
    if since.said_more:
        return "The customer has texted again since; only the latest text counts."
    if since.asked_again:
        return "The customer has been asked about another slot since, and the old text would count as the answer."
    return None
