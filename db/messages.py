"""Every text and e-mail, both ways. One row per purpose; its status only climbs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import read
from domain.delivery import MessageStatus, below


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be sent. `purpose_key` names what it is for: there is never a second one for the same purpose."""

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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message claimed for sending, or found in the middle of it (`already_claimed`)."""

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


FIELDS = tuple(Draft.__dataclass_fields__)
WRITE = text(
    f"INSERT INTO messages ({', '.join(FIELDS)}) VALUES ({', '.join(':' + f for f in FIELDS)}) "  # noqa: S608
    "ON CONFLICT (purpose_key) DO NOTHING RETURNING id"
)


def write(session: Session, draft: Draft) -> UUID | None:
    """Writes the message down; None when there is one for this purpose already."""
    values = {name: getattr(draft, name) for name in FIELDS}
    written: UUID | None = session.execute(WRITE, values).scalar_one_or_none()
    return written


CLAIM = text(read("claim_message.sql"))
# The window opens when the carrier answers. Until then this deadline stands, so that an unknown outcome ends too.
SET_DEADLINE = text("""
UPDATE slot_offers o
   SET expires_at = least((SELECT clock_timestamp()) + make_interval(mins => shop.offer_window_minutes), s.starts_at)
  FROM slot_openings s, shops shop
 WHERE o.id = :offer_id AND o.status = 'pending' AND s.id = o.slot_opening_id AND shop.id = o.shop_id
""")


def claim(session: Session, message_id: UUID) -> Outgoing | MessageStatus | None:
    """Commits us to one try. A status instead: there is nothing to send (any more). None: no such message."""
    row = session.execute(CLAIM, {"id": message_id}).mappings().one_or_none()
    if row is None:
        return None
    if row["status"] != MessageStatus.SENDING:
        return MessageStatus(row["status"])
    if row["slot_offer_id"] and not row["already_claimed"]:
        session.execute(SET_DEADLINE, {"offer_id": row["slot_offer_id"]})
    return Outgoing(**{name: row[name] for name in Outgoing.__dataclass_fields__})


CLIMB = text("""
UPDATE messages
   SET status = :status, carrier_status = coalesce(:carrier_status, carrier_status),
       error_code = coalesce(:error_code, error_code), provider_id = coalesce(provider_id, :provider_id)
 WHERE id = :id AND status = ANY(:below)
""")
LEARN = text("""
UPDATE messages SET provider_id = coalesce(provider_id, :provider_id) WHERE id = :id
""")


def climb(
    session: Session,
    message_id: UUID,
    status: MessageStatus,
    *,
    provider_id: str | None = None,
    carrier_status: str | None = None,
    error_code: str | None = None,
) -> bool:
    """Moves the message up to `status`; False when it is there already, or higher. Its SID is kept in any case."""
    values: dict[str, Any] = {
        "id": message_id,
        "status": status.value,
        "below": below(status),
        "provider_id": provider_id,
        "carrier_status": carrier_status,
        "error_code": error_code,
    }
    if session.execute(CLIMB, values).rowcount:  # type: ignore[attr-defined]
        return True
    if provider_id is not None:
        session.execute(LEARN, {"id": message_id, "provider_id": provider_id})
    return False


GIVE_BACK = text("""
UPDATE messages SET status = 'queued', claimed_at = NULL, error_code = :error_code
 WHERE id = :id AND status = 'sending' AND provider_id IS NULL
""")


def give_back(session: Session, message_id: UUID, *, error_code: str | None) -> None:
    """The carrier certainly has not taken it: it waits for another try."""
    session.execute(GIVE_BACK, {"id": message_id, "error_code": error_code})


RECEIVE = text("""
INSERT INTO messages (shop_id, customer_id, direction, channel, purpose, to_address, from_address, body, status,
                      provider_id, slot_offer_id)
VALUES (:shop_id, :customer_id, 'inbound', :channel, 'reply', :to_address, :from_address, :body, 'received',
        :provider_id, :slot_offer_id)
ON CONFLICT (provider_id) DO NOTHING
""")


def receive(session: Session, **values: Any) -> None:
    """Keeps a customer's text: shop_id, customer_id, channel, to_address, from_address, body, provider_id, offer."""
    session.execute(RECEIVE, values)


SUBJECT = text("""
SELECT m.shop_id, m.slot_offer_id, m.slot_opening_id, m.purpose, m.to_address, m.customer_id,
       m.purpose = 'offer' AND coalesce(o.status = 'pending', false) AS offer_pending
  FROM messages m LEFT JOIN slot_offers o ON o.id = m.slot_offer_id
 WHERE m.id = :id
""")


@dataclass(frozen=True, slots=True)
class MessageSubject:
    """What a message is about."""

    shop_id: UUID
    slot_offer_id: UUID | None
    slot_opening_id: UUID | None
    purpose: str
    to_address: str
    customer_id: UUID | None
    offer_pending: bool
    """It is an offer whose window is not open yet."""


def subject(session: Session, message_id: UUID) -> MessageSubject | None:
    row = session.execute(SUBJECT, {"id": message_id}).one_or_none()
    return None if row is None else MessageSubject(*row)


SIDS_TO = text("""
SELECT provider_id FROM messages WHERE to_address = :to AND created_at >= :since - interval '1 day'
   AND provider_id IS NOT NULL
""")


def sids_to(session: Session, to: str, *, since: datetime) -> set[str]:
    """The carrier's ids of other messages to this address, so that one text isn't taken for another."""
    return set(session.execute(SIDS_TO, {"to": to, "since": since}).scalars())


SAID_SINCE = text("""
SELECT EXISTS (SELECT 1 FROM messages
                WHERE customer_id = :customer_id AND purpose = :purpose AND created_at > :since)
""")


def recently_sent(session: Session, customer_id: UUID, purpose: str, *, since: datetime) -> bool:
    """Whether this customer has had a text of this kind since then."""
    values = {"customer_id": customer_id, "purpose": purpose, "since": since}
    return bool(session.execute(SAID_SINCE, values).scalar_one())
