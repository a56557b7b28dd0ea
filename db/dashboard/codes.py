"""Sign-in codes: one row for each that is asked for, by whom and in which browser. Never the code itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.phone_parsing import PhoneNumber, parse
from domain.sign_in import CODE_LIFE, TRIES

MOST_FOR_ONE = 10
"""Codes for one person in a quarter of an hour: each costs the shop a text."""
MOST_IN_ALL = 500
"""Codes in an hour, for everybody together."""

# The same statement for known and unknown, so that nobody learns from the time it takes who works here.
ASK = """
WITH person AS (
  SELECT s.id, s.shop_id FROM staff s WHERE {whose} ORDER BY s.created_at DESC, s.id LIMIT 1
)
INSERT INTO otp_codes (id, shop_id, staff_id, channel, browser_hash, expires_at)
SELECT :id, person.shop_id, person.id, :channel, :browser_hash, (SELECT clock_timestamp()) + :life
  FROM person
 WHERE (SELECT count(*) FROM otp_codes o
         WHERE o.staff_id = person.id
           AND o.created_at > (SELECT clock_timestamp()) - interval '15 minutes') < :for_one
   AND (SELECT count(*) FROM otp_codes o
         WHERE o.expires_at > (SELECT clock_timestamp()) + :life - interval '1 hour') < :in_all
"""
BY_EMAIL = text(ASK.format(whose="lower(s.email) = lower(:who)"))
BY_PHONE = text(ASK.format(whose="phone_line(s.phone) = phone_line(:who)"))


def ask(session: Session, *, code_id: UUID, who: str, browser_hash: str) -> None:
    """Writes a code down if `who`, an e-mail address or a phone number, is staff and the limits allow it."""
    by_email, read = "@" in who, parse(who)
    values = {
        "id": code_id,
        "who": who.strip() if by_email else read.e164 if isinstance(read, PhoneNumber) else "",
        "channel": "email" if by_email else "sms",
        "browser_hash": browser_hash,
        "life": CODE_LIFE,
        "for_one": MOST_FOR_ONE,
        "in_all": MOST_IN_ALL,
    }
    session.execute(BY_EMAIL if by_email else BY_PHONE, values)


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that may still be right; this try is counted."""

    id: UUID
    nonce: str
    staff_id: UUID
    shop_id: UUID
    channel: str


# Counted first and compared then: two guesses at once are two tries.
TRY = text("""
UPDATE otp_codes SET attempts = attempts + 1
 WHERE id = :id AND browser_hash = :browser_hash AND used_at IS NULL AND attempts < :tries
   AND expires_at > (SELECT clock_timestamp())
RETURNING id, nonce, staff_id, shop_id, channel
""")
USE = text("UPDATE otp_codes SET used_at = (SELECT clock_timestamp()) WHERE id = :id AND used_at IS NULL")


def count_a_try(session: Session, code_id: UUID, *, browser_hash: str) -> Tried | None:
    """None: no such code for this browser, or it is used, too old, or was tried too often."""
    values = {"id": code_id, "browser_hash": browser_hash, "tries": TRIES}
    row = session.execute(TRY, values).one_or_none()
    return None if row is None else Tried(*row)


def use(session: Session, code_id: UUID) -> bool:
    """A code opens one session."""
    return bool(session.execute(USE, {"id": code_id}).rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ToSend:
    """Everything for the message that brings a code. The addresses are the person's and the shop's."""

    id: UUID
    shop_id: UUID
    staff_id: UUID
    nonce: str
    channel: str
    email: str | None
    phone: str | None
    shop: str
    locale: str
    sms_from: str | None
    email_from: str | None
    send_before: dt.datetime


TO_SEND = text("""
SELECT o.id, o.shop_id, o.staff_id, o.nonce, o.channel, p.email, e164(p.phone) AS phone, shop.name AS shop,
       shop.locale, shop.sms_from, shop.email_from, o.expires_at AS send_before
  FROM otp_codes o JOIN staff p ON p.id = o.staff_id JOIN shops shop ON shop.id = o.shop_id
 WHERE o.id = :id AND o.used_at IS NULL AND o.expires_at > (SELECT clock_timestamp())
""")


def to_send(session: Session, code_id: UUID) -> ToSend | None:
    """None: nobody asked for it who works here, or it is used or too old."""
    row = session.execute(TO_SEND, {"id": code_id}).mappings().one_or_none()
    return None if row is None else ToSend(**{name: row[name] for name in ToSend.__dataclass_fields__})
