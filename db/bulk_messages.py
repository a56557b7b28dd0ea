"""Writes what many customers are to be told, a page at a time: a message per purpose and channel, once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import pending_tasks
from db.pending_tasks import NewRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkMessage:
    """One message to one customer about an appointment. `key` and the channel make it the only one for its purpose.

    `template`: WhatsApp's, as {"sid", "variables"}. `not_before`: the end of the recipient's night, where one is.
    """

    id: UUID
    shop_id: UUID
    customer_id: UUID
    appointment_id: UUID
    channel: str
    purpose: str
    key: str
    to_address: str
    from_address: str
    body: str
    send_before: datetime
    subject: str | None = None
    html: str | None = None
    template: dict[str, Any] | None = None
    segments: int = 1
    unsubscribe_token: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """Which appointment's customer has been written to, by which channel."""

    appointment_id: UUID
    channel: str


COLUMNS = (
    "id, shop_id, customer_id, appointment_id, channel, purpose, purpose_key, to_address, from_address, subject,"
    " body, html, template, segments, send_before, unsubscribe_token"
)
WRITE = text(f"""
INSERT INTO messages ({COLUMNS})
SELECT {COLUMNS} FROM jsonb_to_recordset(CAST(:notices AS jsonb)) AS notice (
         id uuid, shop_id uuid, customer_id uuid, appointment_id uuid, channel text, purpose text, purpose_key text,
         to_address text, from_address text, subject text, body text, html text, template jsonb, segments integer,
         send_before timestamptz, unsubscribe_token text)
ON CONFLICT (purpose_key) DO NOTHING RETURNING id
""")  # noqa: S608 - constants


def write(session: Session, notices: Sequence[BulkMessage]) -> list[WrittenMessage]:
    """Those that had not been written before, each with the task that sends it by day."""
    if not notices:
        return []
    rows = json.dumps([_row(notice) for notice in notices])
    new = set(session.execute(WRITE, {"notices": rows}).scalars())
    written = [notice for notice in notices if notice.id in new]
    pending_tasks.add_all(
        session,
        [NewRow("send_by_day", (n.id,), due_at=n.not_before, shop_id=n.shop_id) for n in written],
    )
    return [WrittenMessage(notice.appointment_id, notice.channel) for notice in written]


def _row(notice: BulkMessage) -> dict[str, Any]:
    row = asdict(notice)
    row["purpose_key"] = f"{row.pop('key')}:{notice.channel}"
    return {name: str(value) if isinstance(value, UUID | datetime) else value for name, value in row.items()}


# The record of what a customer was told, and the entry in the log.
NOTE = text("""
WITH told AS (
  SELECT * FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS t (
           shop_id uuid, customer_id uuid, appointment_id uuid, kind text, event text, sentence text, key text)
), noted AS (
  INSERT INTO notifications (shop_id, customer_id, appointment_id, kind, text, dedupe_key)
  SELECT shop_id, customer_id, appointment_id, kind, sentence, key FROM told
  ON CONFLICT (dedupe_key) DO NOTHING
)
INSERT INTO audit_logs (shop_id, appointment_id, actor, event, because)
SELECT shop_id, appointment_id, 'clock', event, sentence FROM told
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """What a customer was told, in a sentence for the shop."""

    shop_id: UUID
    customer_id: UUID
    appointment_id: UUID
    kind: str
    event: str
    sentence: str
    key: str


def note(session: Session, records: Iterable[CustomerRecord]) -> None:
    """A notification of the customer's and an entry in the log for each."""
    told = [{name: str(value) for name, value in asdict(record).items()} for record in records]
    if told:
        session.execute(NOTE, {"told": json.dumps(told)})


# The words are the same; a customer who has agreed to WhatsApp alone gets nothing.
AS_SMS = text("""
INSERT INTO messages (shop_id, customer_id, appointment_id, channel, purpose, purpose_key, to_address, from_address,
                      body, segments, send_before)
SELECT m.shop_id, m.customer_id, m.appointment_id, 'sms', m.purpose,
       regexp_replace(m.purpose_key, '\\:whatsapp$', '\\:sms'), e164(c.phone), shop.sms_from, m.body, m.segments,
       m.send_before
  FROM messages m JOIN customers c ON c.id = m.customer_id JOIN shops shop ON shop.id = m.shop_id
 WHERE m.id = :id AND m.channel = 'whatsapp' AND m.purpose_key LIKE '%\\:whatsapp' AND c.sms_opt_in
   AND c.phone_e164 IS NOT NULL AND shop.sms_from IS NOT NULL
ON CONFLICT (purpose_key) DO NOTHING RETURNING id, shop_id
""")


def send_as_sms_instead(session: Session, message_id: UUID) -> bool:
    """WhatsApp has not taken this message: the same by SMS, once, if the customer has agreed to that as well."""
    row = session.execute(AS_SMS, {"id": message_id}).one_or_none()
    if row is not None:
        pending_tasks.add(session, "send_by_day", row.id, shop_id=row.shop_id)
    return row is not None
