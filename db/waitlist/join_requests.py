"""Requests to join a waiting list. The row of a request contains the consents, but never the code itself."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.join_consent import EMAILS_A_DAY, LIMITS
from domain.sign_in_codes import CODE_LIFE, TRIES

# The locks make counting and inserting atomic for each phone and shop, so parallel requests can't exceed a limit.
LOCK = text("""
SELECT pg_advisory_xact_lock(hashtextextended('join line ' || coalesce(phone_line(:phone), :phone), 0)),
       pg_advisory_xact_lock(hashtextextended('join shop ' || CAST(:shop_id AS text), 0))
""")
# The statement reads no customers, so that the response and the response time are the same for known and unknown
# phones.
REQUEST = text("""
INSERT INTO join_requests (id, shop_id, name, phone, locale, wishes, consents, email, consent_version,
                           consent_address, visitor, browser_hash, expires_at)
SELECT :id, :shop_id, :name, :phone, :locale, CAST(:wishes AS jsonb), CAST(:consents AS jsonb), :email,
       :consent_version, :consent_address, :visitor, :browser_hash, (SELECT clock_timestamp()) + :life
 WHERE (SELECT count(*) FROM join_requests r WHERE r.line = coalesce(phone_line(:phone), :phone)
           AND r.created_at > (SELECT clock_timestamp()) - interval '1 hour') < :line_hour
   AND (SELECT count(*) FROM join_requests r WHERE r.line = coalesce(phone_line(:phone), :phone)
           AND r.created_at > (SELECT clock_timestamp()) - interval '1 day') < :line_day
   AND (SELECT count(*) FROM join_requests r WHERE r.visitor = :visitor
           AND r.created_at > (SELECT clock_timestamp()) - interval '1 hour') < :visitor_hour
   AND (SELECT count(*) FROM join_requests r WHERE r.shop_id = :shop_id
           AND r.created_at > (SELECT clock_timestamp()) - interval '1 hour') < :shop_hour
   AND (SELECT count(*) FROM join_requests r
         WHERE r.created_at > (SELECT clock_timestamp()) - interval '1 hour') < :all_hour
RETURNING id
""")
OPTED_OUT = """EXISTS (SELECT 1 FROM suppressions s
         WHERE s.shop_id = r.shop_id AND s.phone = r.line AND s.lifted_at IS NULL)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A submitted form.

    `phone` is E.164. `wishes` are columns of an entry. `browser_hash` binds the code to the browser.
    """

    id: UUID
    shop_id: UUID
    name: str
    phone: str = field(repr=False)
    locale: str
    wishes: dict[str, Any]
    consents: dict[str, str]
    """The wording of each ticked box, by channel."""
    email: str | None = field(repr=False)
    """The e-mail address, if the box for e-mails is ticked."""
    consent_version: str
    consent_address: str
    visitor: str
    browser_hash: str = field(repr=False)


def add(session: Session, request: NewRequest) -> bool:
    """Inserts the request; the caller must then send a code. Returns False if a limit of JoinLimits is reached."""
    session.execute(LOCK, {"phone": request.phone, "shop_id": request.shop_id})
    values = {name: getattr(request, name) for name in NewRequest.__dataclass_fields__}
    values |= {"wishes": json.dumps(request.wishes, default=str), "consents": json.dumps(request.consents)}
    values |= {"life": CODE_LIFE, **asdict(LIMITS)}
    return session.execute(REQUEST, values).one_or_none() is not None


@dataclass(frozen=True, slots=True)
class CodeToJoin:
    """The data for a code's text. `valid`: whether the text may be sent. It is false for phones that opted out."""

    id: UUID
    shop_id: UUID
    nonce: str = field(repr=False)
    phone: str = field(repr=False)
    locale: str
    shop: str
    sms_from: str | None
    send_before: dt.datetime
    valid: bool


TO_SEND = text(f"""
SELECT r.id, r.shop_id, r.nonce, r.phone, coalesce(r.locale, shop.locale) AS locale, shop.name AS shop, shop.sms_from,
       r.expires_at AS send_before,
       r.used_at IS NULL AND r.expires_at > (SELECT clock_timestamp()) AND NOT {OPTED_OUT} AS valid
  FROM join_requests r JOIN shops shop ON shop.id = r.shop_id
 WHERE r.id = :id
""")  # noqa: S608 - constants


def to_send(session: Session, request_id: UUID) -> CodeToJoin | None:
    """Returns the data for the text, or None if there is no such request."""
    row = session.execute(TO_SEND, {"id": request_id}).mappings().one_or_none()
    return None if row is None else CodeToJoin(**{name: row[name] for name in CodeToJoin.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class JoinAttempt:
    """An open request whose current attempt is already counted. No code is accepted if the phone has `opted_out`."""

    id: UUID
    shop_id: UUID
    nonce: str = field(repr=False)
    name: str
    phone: str = field(repr=False)
    locale: str
    wishes: dict[str, Any]
    consents: dict[str, str]
    email: str | None = field(repr=False)
    consent_version: str
    consent_address: str
    opted_out: bool


ATTEMPT = ", ".join(f"r.{name}" for name in JoinAttempt.__dataclass_fields__ if name != "opted_out").replace(
    # Requests that were made before the other channels existed contain only the wording for texts.
    "r.consents",
    "CASE WHEN r.consents = '{}' THEN jsonb_build_object('sms', r.consent_wording) ELSE r.consents END",
)
EMAILS_TODAY = text("""
SELECT count(*) FROM join_requests
 WHERE lower(email) = lower(:email) AND used_at IS NOT NULL
   AND created_at > (SELECT clock_timestamp()) - interval '1 day'
""")
# The attempt is counted before the code is compared, so that two concurrent guesses count as two attempts. Attempts
# for a phone that opted out are counted too, because a faster response would reveal that the shop knows the phone.
TRY = text(f"""
UPDATE join_requests r SET attempts = r.attempts + 1
 WHERE r.id = :id AND r.shop_id = :shop_id AND r.browser_hash = :browser_hash AND r.used_at IS NULL
   AND r.attempts < :tries AND r.expires_at > (SELECT clock_timestamp())
RETURNING {ATTEMPT}, {OPTED_OUT} AS opted_out
""")  # noqa: S608 - constants
USE = text("UPDATE join_requests SET used_at = (SELECT clock_timestamp()) WHERE id = :id AND used_at IS NULL")


def count_a_try(session: Session, request_id: UUID, *, shop_id: UUID, browser_hash: str) -> JoinAttempt | None:
    """Counts an attempt to enter the code. Returns None if this browser has no such open request in this shop."""
    values = {"id": request_id, "shop_id": shop_id, "browser_hash": browser_hash, "tries": TRIES}
    row = session.execute(TRY, values).one_or_none()
    return None if row is None else JoinAttempt(*row)


def use(session: Session, request_id: UUID) -> bool:
    """Marks the request as used. Returns False if it was already used."""
    return bool(session.execute(USE, {"id": request_id}).rowcount)  # type: ignore[attr-defined]


def may_email(session: Session, email: str) -> bool:
    """Whether another e-mail may be sent to the address. The request must already be marked as used."""
    return bool(session.execute(EMAILS_TODAY, {"email": email}).scalar_one() <= EMAILS_A_DAY)
