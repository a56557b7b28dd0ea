"""Staff invitations: links with which a member of staff confirms an address."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_FOR_A_SHOP = 20
"""The limit for each shop and day, because each invitation may cost a text to an unconfirmed number."""
MOST_FOR_AN_ADDRESS = 3
"""The limit for each address and day, across all shops."""

REPLACE = text("""
UPDATE staff_invitations SET used_at = (SELECT clock_timestamp())
 WHERE shop_id = :shop_id AND staff_id = :staff_id AND channel = :channel AND used_at IS NULL
""")
INVITE = text("""
INSERT INTO staff_invitations (id, shop_id, staff_id, channel, address, nonce, token_hash)
SELECT :id, :shop_id, :staff_id, :channel, staff_address(:channel, :address, :address), :nonce, :token_hash
 WHERE (SELECT count(*) FROM staff_invitations i
         WHERE i.shop_id = :shop_id AND i.created_at > (SELECT clock_timestamp()) - interval '1 day') < :most
RETURNING id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """An invitation to create.

    `address` is a phone number (E.164) if `channel` is sms, and otherwise an e-mail address.
    """

    id: UUID
    shop_id: UUID
    staff_id: UUID
    channel: str
    address: str = field(repr=False)
    nonce: str = field(repr=False)
    token_hash: str = field(repr=False)


def invite(session: Session, new: NewInvitation) -> bool:
    """Creates an invitation, which replaces the member's earlier invitation on the same channel.

    Returns False if the shop has reached its daily limit.
    """
    values = {name: getattr(new, name) for name in NewInvitation.__dataclass_fields__}
    session.execute(REPLACE, values)
    return session.execute(INVITE, values | {"most": MOST_FOR_A_SHOP}).scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that can still be confirmed."""

    id: UUID
    shop: str
    name: str


OPEN = """
  FROM staff_invitations i JOIN staff p ON p.id = i.staff_id AND p.shop_id = i.shop_id
  JOIN shops shop ON shop.id = i.shop_id
 WHERE i.token_hash = :token_hash AND i.used_at IS NULL AND i.expires_at > (SELECT clock_timestamp())
"""
FIND = text(f"SELECT i.id, shop.name AS shop, p.name {OPEN}")


def find(session: Session, token_hash: str) -> Invitation | None:
    """Returns the invitation with this token.

    Returns None if it doesn't exist, has expired, or has already been used or replaced.
    """
    row = session.execute(FIND, {"token_hash": token_hash}).one_or_none()
    return None if row is None else Invitation(*row)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The member and the confirmed address."""

    staff_id: UUID
    shop_id: UUID
    channel: str
    address: str


TAKE = text("""
UPDATE staff_invitations SET used_at = (SELECT clock_timestamp())
 WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > (SELECT clock_timestamp())
RETURNING id
""")
# The first address that a member confirms also confirms the member, and removes the member's other address. That
# address is added again when its own invitation is confirmed.
CONFIRM = text("""
UPDATE staff p
   SET phone = CASE WHEN i.channel = 'sms' THEN i.address WHEN p.confirmed_at IS NOT NULL THEN p.phone END,
       email = CASE WHEN i.channel <> 'email' THEN CASE WHEN p.confirmed_at IS NOT NULL THEN p.email END
                    WHEN lower(p.email) = i.address THEN p.email ELSE i.address END,
       confirmed_at = coalesce(p.confirmed_at, (SELECT clock_timestamp()))
  FROM staff_invitations i
 WHERE i.id = :id AND p.id = i.staff_id AND p.shop_id = i.shop_id AND (p.phone IS NOT NULL OR p.email IS NOT NULL)
   AND (p.confirmed_at IS NOT NULL OR staff_address(i.channel, p.phone, p.email) = i.address)
RETURNING p.id, p.shop_id, i.channel, i.address
""")


def confirm(session: Session, token_hash: str) -> Confirmed | None:
    """Confirms an invitation. The invitation can't be used again.

    Returns None if `find` returns None, or if the member has left or has another address.
    """
    taken = session.execute(TAKE, {"token_hash": token_hash}).scalar_one_or_none()
    row = session.execute(CONFIRM, {"id": taken}).one_or_none() if taken else None
    return None if row is None else Confirmed(*row)


@dataclass(frozen=True, slots=True)
class ToSend:
    """The data for the message with the link."""

    id: UUID
    shop_id: UUID
    staff_id: UUID
    nonce: str = field(repr=False)
    token_hash: str = field(repr=False)
    channel: str = field()
    address: str = field(repr=False)
    shop: str = field()
    locale: str = field()
    sms_from: str | None = field()
    email_from: str | None = field()
    send_before: dt.datetime = field()
    valid: bool = field()


TO_SEND = text("""
SELECT i.id, i.shop_id, i.staff_id, i.nonce, i.token_hash, i.channel, i.address, shop.name AS shop, shop.locale,
       shop.sms_from, shop.email_from, i.expires_at AS send_before,
       i.used_at IS NULL AND i.expires_at > (SELECT clock_timestamp())
         AND (SELECT count(*) FROM staff_invitations other
               WHERE other.address = i.address AND other.created_at > i.created_at - interval '1 day'
                 AND other.created_at <= i.created_at) <= :most AS valid
  FROM staff_invitations i JOIN shops shop ON shop.id = i.shop_id
 WHERE i.id = :id
""")


def to_send(session: Session, invitation_id: UUID) -> ToSend | None:
    """Returns the data for the message, or None if the invitation doesn't exist.

    `valid`: whether the message may still be sent.
    """
    values = {"id": invitation_id, "most": MOST_FOR_AN_ADDRESS}
    row = session.execute(TO_SEND, values).mappings().one_or_none()
    return None if row is None else ToSend(**{name: row[name] for name in ToSend.__dataclass_fields__})
