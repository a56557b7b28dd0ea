"""Staff sessions, one row each. A session that is revoked here has ended, even if a browser keeps the cookie."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, text, update
from sqlalchemy.orm import Session

from db.clock import NOW
from db.messages.usable_channels import UNUSABLE
from db.models import StaffSession
from db.recoveries.recoveries import policy_of, selected
from domain.policy import Policy
from domain.sign_in_codes import IDLE, LONGEST_SESSION


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShop:
    """The shop to which a session belongs. The deposit is in minor units of `currency`."""

    id: UUID
    name: str
    timezone: str
    locale: str
    currency: str
    deposit_cents: int
    sms_from: str | None
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A signed-in member. `unread` is the number of unread notifications, at most 100."""

    session_id: UUID
    staff_id: UUID
    name: str
    address: str = field(repr=False)
    """The phone number with which the member signs in, or the e-mail address if the member has no phone number."""
    role: str
    seen_at: dt.datetime
    signed_in_at: dt.datetime
    now: dt.datetime
    unread: int
    unread_texts: int
    """The number of conversations with unread texts, at most 100."""
    shop: SessionShop

    @property
    def actor(self) -> str:
        """The actor in the audit log."""
        return str(self.staff_id)


OPEN = text("""
INSERT INTO staff_sessions (shop_id, staff_id, token_hash, last_seen_at, expires_at, reauthenticated_at)
SELECT p.shop_id, p.id, :token_hash, moment.now, moment.now + :longest, moment.now
  FROM staff p, (SELECT clock_timestamp() AS now) moment
 WHERE p.id = :staff_id AND p.confirmed_at IS NOT NULL AND staff_address(:channel, p.phone, p.email) = :address
   -- A concurrent change of the address is either seen here, or waits and then ends this session.
   FOR SHARE OF p
RETURNING id
""")
# The new session keeps the age of the former session, so that switching shops does not prolong the sign-in.
SWITCH = text("""
WITH former AS (
  UPDATE staff_sessions SET revoked_at = (SELECT clock_timestamp())
   WHERE token_hash = :former AND revoked_at IS NULL
  RETURNING created_at, expires_at, reauthenticated_at
)
INSERT INTO staff_sessions (shop_id, staff_id, token_hash, last_seen_at, created_at, expires_at, reauthenticated_at)
SELECT p.shop_id, p.id, :token_hash, (SELECT clock_timestamp()), former.created_at, former.expires_at,
       former.reauthenticated_at
  FROM staff p, former WHERE p.id = :staff_id
""")
FIND = text(f"""
SELECT one.id AS session_id, p.id AS staff_id, p.name, coalesce(p.phone, p.email, '') AS address, p.role,
       one.last_seen_at AS seen_at, coalesce(one.reauthenticated_at, one.created_at) AS signed_in_at, moment.now,
       (SELECT count(*) FROM (
          SELECT 1 FROM notifications n
           WHERE n.shop_id = shop.id AND n.customer_id IS NULL AND n.read_at IS NULL LIMIT 100) unread) AS unread,
       (SELECT count(*) FROM (
          SELECT 1 FROM conversations v WHERE v.shop_id = shop.id AND v.unread > 0 LIMIT 100) unread) AS unread_texts,
       shop.id, shop.name AS shop_name, shop.locale, shop.currency, shop.deposit_cents, shop.sms_from,
       {selected()}, {UNUSABLE} AS unusable_channels
  FROM (SELECT clock_timestamp() AS now OFFSET 0) moment
  JOIN staff_sessions one ON one.token_hash = :token_hash
  JOIN staff p ON p.id = one.staff_id AND p.shop_id = one.shop_id
  JOIN shops shop ON shop.id = one.shop_id
 WHERE p.confirmed_at IS NOT NULL
   AND one.revoked_at IS NULL AND one.expires_at > moment.now AND one.last_seen_at > moment.now - :idle
""")  # noqa: S608 - constants
STILL_OPEN = text("""
SELECT id FROM staff_sessions
 WHERE shop_id = :shop_id AND id = ANY(:ids) AND revoked_at IS NULL AND expires_at > (SELECT clock_timestamp())
   AND last_seen_at > (SELECT clock_timestamp()) - CAST(:idle AS interval)
""")


def begin(session: Session, *, staff_id: UUID, channel: str, address: str, token_hash: str) -> bool:
    """Starts a session. Returns False if the confirmed `address` no longer belongs to the member."""
    values = {"staff_id": staff_id, "channel": channel, "address": address, "token_hash": token_hash}
    return session.execute(OPEN, values | {"longest": LONGEST_SESSION}).scalar_one_or_none() is not None


def switch_shop(session: Session, *, staff_id: UUID, former: str, token_hash: str) -> None:
    """Ends the session with the token digest `former`, and starts a session of `staff_id` in another shop."""
    session.execute(SWITCH, {"staff_id": staff_id, "former": former, "token_hash": token_hash})


def find(session: Session, token_hash: str) -> SignedIn | None:
    """Returns the member and shop of the session, or None if the session has ended."""
    row = session.execute(FIND, {"token_hash": token_hash, "idle": IDLE}).mappings().one_or_none()
    return None if row is None else _signed_in(row)


def _signed_in(row: RowMapping) -> SignedIn:
    own = {name: row[name] for name in SignedIn.__dataclass_fields__ if name != "shop"}
    same = ("id", "timezone", "locale", "currency", "deposit_cents", "sms_from")
    shop = SessionShop(**{name: row[name] for name in same}, name=row["shop_name"], policy=policy_of(row))
    return SignedIn(**own, shop=shop)


def still_open(session: Session, shop_id: UUID, session_ids: Collection[UUID]) -> set[UUID]:
    """Returns the sessions in `session_ids` that have not ended."""
    values = {"shop_id": shop_id, "ids": list(session_ids), "idle": IDLE}
    return set(session.execute(STILL_OPEN, values).scalars())


def see(session: Session, session_id: UUID, *, shop_id: UUID) -> None:
    """Records that the session was used, and thereby restarts its idle timeout."""
    this = (StaffSession.id == session_id, StaffSession.shop_id == shop_id)
    session.execute(update(StaffSession).where(*this).values(last_seen_at=NOW))


def end(session: Session, token_hash: str) -> None:
    """Ends the session with this token digest."""
    _revoke(session, StaffSession.token_hash == token_hash)


def end_all(session: Session, *, staff_id: UUID, shop_id: UUID) -> None:
    """Ends all sessions of a member."""
    _revoke(session, StaffSession.staff_id == staff_id, StaffSession.shop_id == shop_id)


def _revoke(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(update(StaffSession).where(*which, StaffSession.revoked_at.is_(None)).values(revoked_at=NOW))
