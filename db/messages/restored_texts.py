"""Records texts that were sent after the time to which the database was restored, so that none is sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import PHONE_CHANNELS, Channel

PURPOSE = "sent_before_restore"
"""The purpose of a text that was found only in the carrier's list. `claim_message.sql` does not send it again."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text in the carrier's list. Numbers are E.164 without a channel prefix; `at` is UTC.

    `shared`: the sender is the installation's number, which the shops without their own number share. `words`: the
    body without the carrier's additions and without trailing whitespace.
    """

    sid: str
    channel: Channel
    sender: str
    shared: bool
    to: str
    words: str
    at: datetime


OWN_NUMBERS = " UNION ".join(
    f"SELECT '{one.channel}' AS channel, {one.sender} AS number FROM shops WHERE {one.sender} IS NOT NULL"  # noqa: S608
    for one in PHONE_CHANNELS
)
KNOWN = text("SELECT provider_id FROM messages WHERE provider_id = ANY(:sids)")
# Finds a text that was written before the restored time and sent after it. The carrier fills in templates, so the
# words of a template message can differ. A template message therefore matches only if no other template message to
# this number is waiting.
MATCH = text(r"""
WITH waiting AS (
  SELECT m.id, m.created_at, m.template IS NOT NULL AS has_template,
         m.body <> '' AND rtrim(m.body, E' \n\r\t') = :words AS same_words,
         count(m.template) OVER () AS templates
    FROM messages m
   WHERE m.direction = 'outbound' AND m.status IN ('queued', 'sending', 'unknown') AND m.provider_id IS NULL
     AND m.channel = :channel AND m.from_address = :sender AND m.to_address = :to
), sent AS (
  SELECT id FROM waiting WHERE same_words OR has_template AND templates = 1
   ORDER BY same_words DESC, created_at LIMIT 1
)
UPDATE messages m SET status = 'sent', provider_id = :sid, claimed_at = coalesce(m.claimed_at, :at)
  FROM sent
 WHERE m.id = sent.id AND m.provider_id IS NULL AND m.status IN ('queued', 'sending', 'unknown')
   AND NOT EXISTS (SELECT FROM messages known WHERE known.provider_id = :sid)
RETURNING m.id
""")
SENDER = " ".join(f"WHEN '{one.channel}' THEN shop.{one.sender}" for one in PHONE_CHANNELS)
# If several shops have a customer with this number, the text is attributed to the shop that last wrote to the number.
RECIPIENTS = text(f"""
WITH candidate AS (
  SELECT c.id, c.shop_id, min(c.shop_id::text) OVER () = max(c.shop_id::text) OVER () AS of_one_shop
    FROM customers c JOIN shops shop ON shop.id = c.shop_id
   WHERE c.phone_e164 = phone_line(:to)
     AND CASE :channel {SENDER} END IS NOT DISTINCT FROM CASE WHEN NOT :shared THEN :sender END
     AND NOT EXISTS (SELECT FROM messages known WHERE known.provider_id = :sid)
), person AS (
  SELECT id, shop_id FROM candidate WHERE of_one_shop OR shop_id = shop_written_to(:sender, :to, :at, :channel)
), rested AS (
  UPDATE customers c
     SET last_asked_at = greatest(c.last_asked_at, :at),
         cooldown_until = greatest(c.cooldown_until, :at + make_interval(hours => shop.cooldown_hours))
    FROM person, shops shop WHERE c.id = person.id AND shop.id = person.shop_id
)
INSERT INTO messages (shop_id, customer_id, channel, purpose, purpose_key, from_address, to_address, body,
                      body_digest, status, provider_id, claimed_at, created_at)
SELECT shop_id, id, :channel, :purpose, :purpose || ':' || :sid, :sender, :to, '',
       md5(:words), 'sent', :sid, :at, :at
  FROM person ORDER BY id LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id
""")  # noqa: S608 - only column names are inserted


def numbers(session: Session) -> list[tuple[Channel, str]]:
    """Returns the numbers of all shops, each with its channel."""
    return [(Channel(row.channel), row.number) for row in session.execute(text(OWN_NUMBERS))]


def unknown(session: Session, texts: Sequence[SentText]) -> list[SentText]:
    """Returns the texts whose carrier id is not stored in any message."""
    known = set(session.execute(KNOWN, {"sids": [one.sid for one in texts]}).scalars())
    return [one for one in texts if one.sid not in known]


def note(session: Session, sent: SentText) -> str | None:
    """Records a text that was sent, so that it is not sent again. Does not store its words.

    Returns "matched" if the text belongs to a message that was waiting to be sent; the message is then marked as
    sent. Returns "recorded" if the text is new but its customer is known; the shop's cooldown then applies to the
    customer. Returns None if the shop or the customer is unknown.
    """
    values = {
        "sid": sent.sid,
        "channel": sent.channel.value,
        "sender": sent.sender,
        "shared": sent.shared,
        "to": sent.to,
        "words": sent.words,
        "at": sent.at,
        "purpose": PURPOSE,
    }
    if session.execute(MATCH, values).first() is not None:
        return "matched"
    return "recorded" if session.execute(RECIPIENTS, values).first() is not None else None


NEWEST_ROW = text("""
SELECT greatest(
  (SELECT max(settled_at) FROM pending_tasks),
  (SELECT max(newest.created_at) FROM shops CROSS JOIN LATERAL (
     SELECT created_at FROM messages WHERE shop_id = shops.id ORDER BY created_at DESC LIMIT 1) newest))
""")


def newest_row(session: Session) -> datetime | None:
    """Returns the time at which the newest message was written or task was settled, whichever is later (UTC).

    Callers compare it with the time to which the database was restored.
    """
    newest: datetime | None = session.execute(NEWEST_ROW).scalar_one()
    return newest
