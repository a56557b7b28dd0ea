"""Notifications to the shop's staff, and records of the messages sent to each customer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

ADD = text("""
INSERT INTO notifications (shop_id, customer_id, text, kind, slot_opening_id, appointment_id, dedupe_key)
VALUES (:shop_id, :customer_id, :text, :kind, :slot_opening_id, :appointment_id, :dedupe_key)
ON CONFLICT (dedupe_key) DO NOTHING
""")


def notify(
    session: Session,
    *,
    shop_id: UUID,
    kind: str,
    text: str,
    customer_id: UUID | None = None,
    slot_opening_id: UUID | None = None,
    appointment_id: UUID | None = None,
    dedupe_key: str | None = None,
) -> bool:
    """Adds a notification.

    Returns False if a notification with this `dedupe_key` exists. A notification without a customer is for the staff.
    """
    values = {
        "shop_id": shop_id,
        "kind": kind,
        "text": text,
        "customer_id": customer_id,
        "slot_opening_id": slot_opening_id,
        "appointment_id": appointment_id,
        "dedupe_key": dedupe_key,
    }
    return bool(session.execute(ADD, values).rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A sentence for the shop about a message that was sent to a customer. `key` is the notification's dedupe key."""

    shop_id: UUID
    customer_id: UUID
    appointment_id: UUID
    kind: str
    event: str
    sentence: str
    key: str


RECORD = text("""
WITH sent AS (
  SELECT * FROM jsonb_to_recordset(CAST(:records AS jsonb)) AS record (
           shop_id uuid, customer_id uuid, appointment_id uuid, kind text, event text, sentence text, key text)
), recorded AS (
  INSERT INTO notifications (shop_id, customer_id, appointment_id, kind, text, dedupe_key)
  SELECT shop_id, customer_id, appointment_id, kind, sentence, key FROM sent
  ON CONFLICT (dedupe_key) DO NOTHING
)
INSERT INTO audit_logs (shop_id, appointment_id, actor, event, because)
SELECT shop_id, appointment_id, 'clock', event, sentence FROM sent
""")


def record_messages(session: Session, records: Iterable[CustomerRecord]) -> None:
    """Adds a notification and an audit entry for each message that was sent to a customer."""
    names = CustomerRecord.__dataclass_fields__
    rows = [{name: str(getattr(record, name)) for name in names} for record in records]
    if rows:
        session.execute(RECORD, {"records": json.dumps(rows)})
