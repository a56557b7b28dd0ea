"""Sign-in codes. The row of a requested code contains the member and the browser, but never the code itself."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.phones.parsing import PhoneNumber, parse
from domain.sign_in_codes import BACK_OFF, CODE_LIFE, MOST_FOR_A_SHOP, TRIES

# Known and unknown addresses run the same statement, so that response times don't reveal who works in a shop. A
# person with several rows gets a code for the newest row whose shop can send the code.
REQUEST = """
WITH person AS (
  SELECT s.id, s.shop_id, staff_address(:channel, s.phone, s.email) AS address,
         s.id = ANY(CAST(:known AS uuid[])) AS known
    FROM staff s JOIN shops shop ON shop.id = s.shop_id
   WHERE {whose} AND s.confirmed_at IS NOT NULL
   ORDER BY :channel <> 'email' AND shop.sms_from IS NULL, s.created_at DESC, s.id LIMIT 1
), counted AS (
  INSERT INTO sign_in_limits AS kept (shop_id, staff_id, channel, known, address, level, asked_at)
  SELECT shop_id, id, :channel, known, address, 1, (SELECT clock_timestamp()) FROM person
  ON CONFLICT (staff_id, channel, known) DO UPDATE
     SET level = CASE WHEN kept.address = EXCLUDED.address
                 THEN 1 + greatest(0, kept.level
                        - extract(epoch FROM (SELECT clock_timestamp()) - kept.asked_at) / 86400.0)
                 ELSE 1 END,
         asked_at = (SELECT clock_timestamp()), address = EXCLUDED.address
   WHERE kept.address <> EXCLUDED.address OR kept.level < :free - 0.5
      OR (SELECT clock_timestamp()) >= kept.asked_at
         + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2, least(kept.level - :free, 30)))
  RETURNING staff_id
)
INSERT INTO otp_codes (id, shop_id, staff_id, channel, address, browser_hash, expires_at, refused)
SELECT :id, person.shop_id, person.id, :channel, person.address, :browser_hash,
       CASE WHEN limits.refused IS NULL THEN (SELECT clock_timestamp()) + :life ELSE (SELECT clock_timestamp()) END,
       limits.refused
  FROM person CROSS JOIN LATERAL (
    SELECT CASE
      WHEN NOT EXISTS (SELECT FROM counted) THEN 'person'
      WHEN (SELECT count(*) FROM otp_codes o
             WHERE o.shop_id = person.shop_id AND o.channel = :channel AND o.refused IS NULL
               AND o.created_at > (SELECT clock_timestamp()) - interval '1 hour') >= :for_a_shop THEN 'shop'
    END AS refused) limits
"""
BY_EMAIL = text(REQUEST.format(whose="lower(s.email) = lower(:who)"))
BY_PHONE = text(REQUEST.format(whose="phone_line(s.phone) = phone_line(:who)"))


def ask(session: Session, *, code_id: UUID, who: str, browser_hash: str, known: Collection[UUID] = ()) -> None:
    """Inserts a code if `who`, an e-mail address or a phone number, belongs to a member of staff.

    A code that exceeds a limit is marked as refused. `known`: the members who have signed in with this browser.
    """
    by_email, read = "@" in who, parse(who)
    values = {
        "id": code_id,
        "who": who.strip() if by_email else read.e164 if isinstance(read, PhoneNumber) else "",
        "channel": "email" if by_email else "sms",
        "browser_hash": browser_hash,
        "known": list(known),
        "life": CODE_LIFE,
        "free": BACK_OFF.free,
        "first": BACK_OFF.first,
        "longest": BACK_OFF.longest,
        "for_a_shop": MOST_FOR_A_SHOP,
    }
    session.execute(BY_EMAIL if by_email else BY_PHONE, values)


@dataclass(frozen=True, slots=True)
class CodeAttempt:
    """A valid code whose current attempt is already counted. `address` is the address to which it was sent."""

    id: UUID
    nonce: str
    staff_id: UUID
    shop_id: UUID
    channel: str
    address: str


# The attempt is counted before the code is compared, so that two concurrent guesses count as two attempts.
TRY = text("""
UPDATE otp_codes o SET attempts = attempts + 1
  FROM staff p
 WHERE o.id = :id AND o.browser_hash = :browser_hash AND o.used_at IS NULL AND o.refused IS NULL
   AND o.attempts < :tries AND o.expires_at > (SELECT clock_timestamp())
   AND p.id = o.staff_id AND p.confirmed_at IS NOT NULL AND staff_address(o.channel, p.phone, p.email) = o.address
RETURNING o.id, o.nonce, o.staff_id, o.shop_id, o.channel, o.address
""")
USE = text("""
WITH used AS (
  UPDATE otp_codes SET used_at = (SELECT clock_timestamp())
   WHERE id = :id AND used_at IS NULL AND expires_at > (SELECT clock_timestamp())
  RETURNING staff_id, channel
), counted AS (
  UPDATE sign_in_limits l SET level = greatest(0, level - 1)
    FROM used WHERE l.staff_id = used.staff_id AND l.channel = used.channel AND l.known = :known
)
SELECT count(*) FROM used
""")


def count_a_try(session: Session, code_id: UUID, *, browser_hash: str) -> CodeAttempt | None:
    """Counts an attempt to enter the code.

    Returns None if this browser has no such code, if the code is used, expired or out of attempts, or if it was sent
    to an address that no longer belongs to the member.
    """
    values = {"id": code_id, "browser_hash": browser_hash, "tries": TRIES}
    row = session.execute(TRY, values).one_or_none()
    return None if row is None else CodeAttempt(*row)


def use(session: Session, code_id: UUID, *, known: bool) -> bool:
    """Marks the code as used.

    Returns False if the code is already used or has expired. `known`: whether the member has signed in with this
    browser before.
    """
    return bool(session.execute(USE, {"id": code_id, "known": known}).scalar_one())


@dataclass(frozen=True, slots=True)
class CodeToSend:
    """The data for a code's message.

    `address` is the recipient's phone number or e-mail address. For `level`, see BackOff.
    """

    id: UUID
    shop_id: UUID
    staff_id: UUID
    nonce: str
    channel: str
    address: str
    refused: str | None
    level: float
    name: str
    other_channel: bool
    shop: str
    locale: str
    sms_from: str | None
    email_from: str | None
    send_before: dt.datetime
    valid: bool


TO_SEND = text("""
SELECT o.id, o.shop_id, o.staff_id, o.nonce, o.channel, o.address, o.refused, p.name,
       (SELECT coalesce(max(l.level), 0) FROM sign_in_limits l
         WHERE l.staff_id = o.staff_id AND l.channel = o.channel AND l.address = o.address) AS level,
       CASE o.channel WHEN 'email' THEN p.phone ELSE p.email END IS NOT NULL AS other_channel,
       shop.name AS shop, shop.locale, shop.sms_from, shop.email_from, o.expires_at AS send_before,
       o.refused IS NULL AND o.used_at IS NULL AND o.expires_at > (SELECT clock_timestamp())
         AND p.confirmed_at IS NOT NULL AND staff_address(o.channel, p.phone, p.email) = o.address AS valid
  FROM otp_codes o JOIN staff p ON p.id = o.staff_id JOIN shops shop ON shop.id = o.shop_id
 WHERE o.id = :id AND o.address IS NOT NULL
""")


def to_send(session: Session, code_id: UUID) -> CodeToSend | None:
    """Returns the data for the message, or None if the address belongs to no member.

    `valid`: whether the message may still be sent.
    """
    row = session.execute(TO_SEND, {"id": code_id}).mappings().one_or_none()
    return None if row is None else CodeToSend(**{name: row[name] for name in CodeToSend.__dataclass_fields__})
