"""Texts and e-mails: the claims and delivery statuses of outgoing messages, and received texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import ACCEPTS_REMINDERS, AGREED_TO
from db.sql import read
from domain.delivery import MessageStatus, below


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message claimed for sending.

    `already_claimed` is true if an earlier attempt claimed the message but recorded no outcome.
    """

    id: UUID
    shop_id: UUID
    to_address: str
    from_address: str
    subject: str | None
    body: str
    html: str | None
    template: dict[str, Any] | None
    purpose: str
    purpose_key: str | None
    channel: str
    slot_offer_id: UUID | None
    slot_opening_id: UUID | None
    created_at: datetime
    claimed_at: datetime
    attempts: int
    send_before: datetime | None
    provider_id: str | None
    unsubscribe_token: str | None
    now: datetime
    already_claimed: bool


# The window of an offer starts when the carrier responds. This deadline applies until then, so that the offer expires
# even if the carrier never responds.
DEADLINE = """
UPDATE slot_offers o
   SET expires_at = least(
         (SELECT clock_timestamp()) + make_interval(mins => coalesce(o.window_minutes, shop.offer_window_minutes)),
         s.starts_at)
  FROM claimed, slot_openings s, shops shop
 WHERE claimed.status = 'sending' AND o.id = claimed.slot_offer_id AND o.status = 'pending'
   AND s.id = o.slot_opening_id AND shop.id = o.shop_id
"""
CLAIM = text(
    read("claim_message.sql")
    .replace("/* deadline */", DEADLINE)
    .replace("/* agreed to */", AGREED_TO)
    .replace("/* accepts reminders */", ACCEPTS_REMINDERS)
)


def claim(session: Session, message_id: UUID) -> Outgoing | MessageStatus | None:
    """Claims the message for one attempt.

    Returns its status if it must not be sent, or None if there is no such message.
    """
    row = session.execute(CLAIM, {"id": message_id}).mappings().one_or_none()
    if row is None:
        return None
    if row["status"] != MessageStatus.SENDING:
        return MessageStatus(row["status"])
    return Outgoing(**{name: row[name] for name in Outgoing.__dataclass_fields__})


ADVANCE = text("""
UPDATE messages
   SET status = :status, carrier_status = coalesce(:carrier_status, carrier_status),
       error_code = coalesce(:error_code, error_code), provider_id = coalesce(provider_id, :provider_id)
 WHERE id = :id AND status = ANY(:below)
""")
SET_PROVIDER_ID = text("""
UPDATE messages SET provider_id = :provider_id WHERE id = :id AND provider_id IS NULL
""")
PROVIDER_ID = text("SELECT provider_id FROM messages WHERE id = :id")


def advance(
    session: Session,
    message_id: UUID,
    status: MessageStatus,
    *,
    provider_id: str | None = None,
    carrier_status: str | None = None,
    error_code: str | None = None,
) -> bool:
    """Advances the message to `status`.

    Returns False if the message already has that status or a later one. Stores the provider's id in either case.
    """
    values: dict[str, Any] = {
        "id": message_id,
        "status": status.value,
        "below": below(status),
        "provider_id": provider_id,
        "carrier_status": carrier_status,
        "error_code": error_code,
    }
    if session.execute(ADVANCE, values).rowcount:  # type: ignore[attr-defined]
        return True
    if provider_id is not None:
        session.execute(SET_PROVIDER_ID, {"id": message_id, "provider_id": provider_id})
    return False


def provider_id(session: Session, message_id: UUID) -> str | None:
    """Returns the carrier's id for the text, or None if the carrier has not reported an id. The text must exist."""
    found: str | None = session.execute(PROVIDER_ID, {"id": message_id}).scalar_one()
    return found


REWRITE = text("UPDATE messages SET body = :body, segments = :segments WHERE id = :id AND status = 'sending'")


def rewrite(session: Session, message_id: UUID, body: str, *, segments: int) -> None:
    """Replaces the body of a message that is claimed and about to be sent."""
    session.execute(REWRITE, {"id": message_id, "body": body, "segments": segments})


GIVE_BACK = text("""
UPDATE messages SET status = 'queued', error_code = :error_code,
       claimed_at = CASE WHEN :may_have_arrived THEN claimed_at END
 WHERE id = :id AND status = 'sending' AND provider_id IS NULL
""")


def give_back(
    session: Session, message_id: UUID, *, error_code: str | None = None, may_have_arrived: bool = False
) -> None:
    """Releases the claim of a message, so that sending is attempted again.

    If the message `may_have_arrived`, the provider must be able to recognise the second attempt by its key.
    """
    values = {"id": message_id, "error_code": error_code, "may_have_arrived": may_have_arrived}
    session.execute(GIVE_BACK, values)


RECEIVE = text("""
INSERT INTO messages (shop_id, customer_id, direction, channel, purpose, to_address, from_address, body, status,
                      provider_id, slot_offer_id)
VALUES (:shop_id, :customer_id, 'inbound', :channel, 'reply', :to_address, :from_address, :body, 'received',
        :provider_id, :slot_offer_id)
ON CONFLICT (provider_id) DO NOTHING
""")


def receive(session: Session, **values: Any) -> None:
    """Stores a customer's text. `values` are the parameters of RECEIVE."""
    session.execute(RECEIVE, values)


SUBJECT = text("""
SELECT m.shop_id, m.slot_offer_id, m.slot_opening_id, m.purpose, m.to_address, m.customer_id,
       m.purpose = 'offer' AND coalesce(o.status = 'pending', false) AS offer_pending
  FROM messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
 WHERE m.id = :id
""")


@dataclass(frozen=True, slots=True)
class MessageSubject:
    """The rows that a message refers to. `offer_pending`: the message is an offer whose window has not started."""

    shop_id: UUID
    slot_offer_id: UUID | None
    slot_opening_id: UUID | None
    purpose: str
    to_address: str
    customer_id: UUID | None
    offer_pending: bool


def subject(session: Session, message_id: UUID) -> MessageSubject | None:
    row = session.execute(SUBJECT, {"id": message_id}).one_or_none()
    return None if row is None else MessageSubject(*row)


SIDS_TO = text("""
SELECT provider_id FROM messages WHERE to_address = :to AND created_at >= :since - interval '1 day'
   AND provider_id IS NOT NULL
""")


def sids_to(session: Session, to: str, *, since: datetime) -> set[str]:
    """Returns the carrier's ids of messages to this address, including messages from the day before `since`."""
    return set(session.execute(SIDS_TO, {"to": to, "since": since}).scalars())


WITH_PROVIDER_ID = text("SELECT id FROM messages WHERE provider_id = :provider_id AND direction = 'outbound'")


def with_provider_id(session: Session, provider_id: str) -> UUID | None:
    """Returns the id of the outgoing message to which the provider gave this id, or None."""
    found: UUID | None = session.execute(WITH_PROVIDER_ID, {"provider_id": provider_id}).scalar_one_or_none()
    return found


SENT_SINCE = text("""
SELECT EXISTS (SELECT 1 FROM messages
                WHERE customer_id = :customer_id AND purpose = :purpose AND created_at > :since)
""")


def recently_sent(session: Session, customer_id: UUID, purpose: str, *, since: datetime) -> bool:
    """Whether a text for this purpose was written to this customer after `since` (UTC)."""
    values = {"customer_id": customer_id, "purpose": purpose, "since": since}
    return bool(session.execute(SENT_SINCE, values).scalar_one())
