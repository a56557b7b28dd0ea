"""Texts that were sent after the moment to which the database was restored, so that they are not sent again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import PHONE_CHANNELS, Channel

PURPOSE = "sent_before_restore"
"""The purpose of a text that only the carrier's list contained. `claim_message.sql` does not repeat such a text."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text in the carrier's list. Numbers are E.164 without a prefix; `at` is UTC."""

    sid: str
    channel: Channel
    sender: str
    to: str
    body: str
    at: datetime


OWN_NUMBERS = " UNION ".join(
    f"SELECT '{one.channel}' AS channel, {one.sender} AS number FROM shops WHERE {one.sender} IS NOT NULL"  # noqa: S608
    for one in PHONE_CHANNELS
)
KNOWN = text("SELECT provider_id FROM messages WHERE provider_id = ANY(:sids)")
# A text that was written before that moment and sent after it. Templates are rendered by the carrier, and a trial
# account prefixes every text.
MATCH = text("""
UPDATE messages SET status = 'sent', provider_id = :sid, claimed_at = coalesce(claimed_at, :at)
 WHERE id = (
   SELECT id FROM messages m
    WHERE m.direction = 'outbound' AND m.status IN ('queued', 'sending', 'unknown') AND m.provider_id IS NULL
      AND m.channel = :channel AND m.from_address = :sender AND m.to_address = :to
      AND (m.template IS NOT NULL OR m.body <> '' AND right(:body, length(m.body)) = m.body)
    ORDER BY m.created_at LIMIT 1 FOR UPDATE)
RETURNING id
""")
SENDER = " ".join(f"WHEN '{one.channel}' THEN shop.{one.sender}" for one in PHONE_CHANNELS)
RECIPIENTS = text(f"""
WITH person AS (
  SELECT c.id, c.shop_id FROM customers c JOIN shops shop ON shop.id = c.shop_id
   WHERE c.phone_e164 = phone_line(:to)
     AND coalesce(CASE :channel {SENDER} END, :sender) = :sender
), rested AS (
  UPDATE customers c
     SET last_asked_at = greatest(c.last_asked_at, :at),
         cooldown_until = greatest(c.cooldown_until, :at + make_interval(hours => shop.cooldown_hours))
    FROM person, shops shop WHERE c.id = person.id AND shop.id = person.shop_id
)
INSERT INTO messages (shop_id, customer_id, channel, purpose, purpose_key, from_address, to_address, body, status,
                      provider_id, claimed_at, created_at)
SELECT shop_id, id, :channel, :purpose, :purpose || ':' || :sid, :sender, :to, :body, 'sent', :sid, :at, :at
  FROM person ORDER BY id LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id
""")  # noqa: S608 - only names of columns are inserted


def numbers(session: Session) -> list[tuple[Channel, str]]:
    """The numbers of all shops, each with its channel."""
    return [(Channel(row.channel), row.number) for row in session.execute(text(OWN_NUMBERS))]


def unknown(session: Session, texts: Sequence[SentText]) -> list[SentText]:
    """Returns the texts that match no message."""
    known = set(session.execute(KNOWN, {"sids": [one.sid for one in texts]}).scalars())
    return [one for one in texts if one.sid not in known]


def note(session: Session, sent: SentText) -> str | None:
    """Records a text that was sent, so that it is not sent again.

    Returns "matched" if a message was waiting to be sent with these words, "recorded" if it went to a customer, who
    is then left alone for the shop's cooldown, and None if it went to no customer.
    """
    values = {
        "sid": sent.sid,
        "channel": sent.channel.value,
        "sender": sent.sender,
        "to": sent.to,
        "body": sent.body,
        "at": sent.at,
        "purpose": PURPOSE,
    }
    if session.execute(MATCH, values).first() is not None:
        return "matched"
    return "recorded" if session.execute(RECIPIENTS, values).first() is not None else None


LOST_PAYMENTS = text("""
SELECT i.id AS intent_id, shop.id AS shop_id, shop.name
  FROM jsonb_to_recordset(CAST(:intents AS jsonb)) AS i (id text, payment_id text, shop_id text)
  JOIN shops shop ON shop.id::text = i.shop_id
 WHERE NOT EXISTS (SELECT FROM payments p WHERE p.stripe_payment_intent_id = i.id)
   AND NOT EXISTS (SELECT FROM payments p WHERE p.id::text = i.payment_id)
""")


@dataclass(frozen=True, slots=True)
class LostIntent:
    """A PaymentIntent of one of our shops whose payment the database does not contain."""

    intent_id: str
    shop_id: UUID
    shop: str


def lost_intents(session: Session, intents: Sequence[tuple[str, str, str]]) -> list[LostIntent]:
    """Those of our shops' intents that no payment has. `intents`: id, payment_id and shop_id of each."""
    rows = [dict(zip(("id", "payment_id", "shop_id"), one, strict=True)) for one in intents]
    return [LostIntent(*row) for row in session.execute(LOST_PAYMENTS, {"intents": json.dumps(rows)})]
