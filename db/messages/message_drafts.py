"""Writes outgoing messages. Each purpose key has at most one row, even if the message is composed several times."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.tasks import pending_tasks
from db.tasks.pending_tasks import NewRow
from domain.channels import CHANNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be sent. At most one message is ever written for a purpose key.

    `template` has the keys "sid" and "variables". `task` sends the message, no earlier than `not_before`.
    """

    shop_id: UUID
    to_address: str
    from_address: str
    body: str
    purpose: str
    purpose_key: str
    segments: int = 1
    channel: str = "sms"
    customer_id: UUID | None = None
    staff_id: UUID | None = None
    slot_offer_id: UUID | None = None
    slot_opening_id: UUID | None = None
    appointment_id: UUID | None = None
    send_before: datetime | None = None
    subject: str | None = None
    html: str | None = None
    template: dict[str, Any] | None = None
    unsubscribe_token: str | None = None
    id: UUID = field(default_factory=uuid4)
    task: str = "send_message"
    not_before: datetime | None = None


COLUMNS = tuple(name for name in Draft.__dataclass_fields__ if name not in {"task", "not_before"})
WRITE = text(f"""
INSERT INTO messages ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM jsonb_to_recordset(CAST(:drafts AS jsonb)) AS draft (
         id uuid, shop_id uuid, customer_id uuid, staff_id uuid, slot_offer_id uuid, slot_opening_id uuid,
         appointment_id uuid, channel text, purpose text, purpose_key text, to_address text, from_address text,
         subject text, body text, html text, template jsonb, segments integer, send_before timestamptz,
         unsubscribe_token text)
ON CONFLICT (purpose_key) DO NOTHING RETURNING id
""")  # noqa: S608 - constants


def purpose_key(purpose: str, *subject: object) -> str:
    """Returns `<purpose>:<subject>`, where the subject is the id of the offer, booking, payment or code.

    If a message can be sent on several channels, the last part of its key is the channel.
    """
    return ":".join([purpose, *map(str, subject)])


def write(session: Session, drafts: Sequence[Draft]) -> list[Draft]:
    """Writes each message whose purpose key is new, and the task that sends it.

    Returns the messages that were written, in the given order.
    """
    if not drafts:
        return []
    rows = json.dumps([_row(draft) for draft in drafts])
    new = set(session.execute(WRITE, {"drafts": rows}).scalars())
    written = [draft for draft in drafts if draft.id in new]
    tasks = [NewRow(one.task, (one.id,), due_at=one.not_before, shop_id=one.shop_id) for one in written]
    pending_tasks.add_all(session, tasks)
    return written


def _row(draft: Draft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in COLUMNS}
    return {name: str(value) if isinstance(value, UUID | datetime) else value for name, value in values.items()}


# The SMS has the same body. A customer who did not agree to SMS gets no SMS.
TEMPLATED = [one.channel.value for one in CHANNELS.values() if one.needs_template]
AS_SMS = text("""
INSERT INTO messages (shop_id, customer_id, appointment_id, channel, purpose, purpose_key, to_address, from_address,
                      body, segments, send_before)
SELECT m.shop_id, m.customer_id, m.appointment_id, 'sms', m.purpose,
       left(m.purpose_key, -length(m.channel)) || 'sms', e164(c.phone), shop.sms_from, m.body, m.segments,
       m.send_before
  FROM messages m JOIN customers c ON c.id = m.customer_id JOIN shops shop ON shop.id = m.shop_id
 WHERE m.id = :id AND m.channel = ANY(:templated) AND m.purpose_key LIKE '%\\:' || m.channel AND c.sms_opt_in
   AND c.phone_e164 IS NOT NULL AND shop.sms_from IS NOT NULL
ON CONFLICT (purpose_key) DO NOTHING RETURNING id, shop_id
""")


def write_sms_instead(session: Session, message_id: UUID) -> bool:
    """Writes a failed template message again as an SMS, at most once and only if the customer agreed to SMS."""
    row = session.execute(AS_SMS, {"id": message_id, "templated": TEMPLATED}).one_or_none()
    if row is not None:
        pending_tasks.add(session, "send_by_day", row.id, shop_id=row.shop_id)
    return row is not None
