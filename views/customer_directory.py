"""Customers for the shop's pages, and changes of their consent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from views.customer_search import meant_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """A listed customer. Times are aware. `suppressed_at`: since when the number is opted out."""

    id: UUID
    name: str
    phone: str | None = field(repr=False)
    phone_e164: str | None = field(repr=False)
    email: str | None = field(repr=False)
    sms_opt_in: bool
    consent_source: str | None
    consent_wording: str | None
    consent_at: dt.datetime | None
    cooldown_until: dt.datetime | None
    last_asked_at: dt.datetime | None
    last_settled_at: dt.datetime | None
    created_at: dt.datetime
    tags: list[str]
    note: str | None = field(repr=False)
    suppressed_at: dt.datetime | None
    suppressed_because: str | None


SELECT = """
SELECT c.id, c.name, c.phone, c.phone_e164, c.email, c.sms_opt_in, c.consent_source, c.consent_wording, c.consent_at,
       c.cooldown_until, c.last_asked_at, c.last_settled_at, c.created_at, c.tags, c.note,
       x.created_at AS suppressed_at, x.reason AS suppressed_because
  FROM {customers} c
  LEFT JOIN suppressions x ON x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL
 WHERE c.shop_id = :shop_id"""
# Must match the index customers_last_visit_idx.
ORDER = "ORDER BY c.last_settled_at DESC NULLS LAST, c.id"
PAGE = f"(SELECT * FROM customers c WHERE c.shop_id = :shop_id {{narrowed}} {ORDER} LIMIT :limit OFFSET :offset)"  # noqa: S608
TABS: dict[str, str] = {
    "all": "",
    "willing": "AND c.sms_opt_in AND c.phone_e164 IS NOT NULL",
    "not willing": "AND NOT c.sms_opt_in",
    "resting": "AND c.cooldown_until > (SELECT clock_timestamp())",
}
ONE = text(SELECT.format(customers="customers") + " AND c.id = :id")


def page(session: Session, shop_id: UUID, *, tab: str, words: str, limit: int, offset: int) -> list[ListedCustomer]:
    """A page of customers, the most recent visitors first. `tab` is one of TABS."""
    found, values = meant_by(words)
    narrowed = TABS[tab] + (f" AND c.id IN ({found})" if words else "")
    statement = SELECT.format(customers=PAGE.format(narrowed=narrowed)) + f" {ORDER}"
    values = {"shop_id": shop_id, "limit": limit, "offset": offset} | (values if words else {})
    return [ListedCustomer(**row) for row in session.execute(text(statement), values).mappings()]


def one(session: Session, shop_id: UUID, customer_id: UUID) -> ListedCustomer | None:
    """The customer; None if this shop has no such one."""
    row = session.execute(ONE, {"shop_id": shop_id, "id": customer_id}).mappings().one_or_none()
    return None if row is None else ListedCustomer(**row)


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An offer to a customer."""

    id: UUID
    slot_opening_id: UUID
    starts_at: dt.datetime
    status: str
    sent_at: dt.datetime | None
    created_at: dt.datetime
    ended_as: str | None
    ended_by: str | None


OFFERS = text("""
SELECT o.id, o.slot_opening_id, s.starts_at, o.status, o.sent_at, o.created_at, o.ended_as,
       (SELECT st.name FROM staff st WHERE st.id::text = o.ended_by AND st.shop_id = o.shop_id) AS ended_by
  FROM slot_offers o JOIN slot_openings s ON s.id = o.slot_opening_id AND s.shop_id = o.shop_id
 WHERE o.shop_id = :shop_id AND o.customer_id = :id ORDER BY o.created_at DESC LIMIT :limit
""")


def offers(session: Session, shop_id: UUID, customer_id: UUID, *, limit: int) -> list[OfferMade]:
    """The customer's offers, the latest first."""
    values = {"shop_id": shop_id, "id": customer_id, "limit": limit}
    return [OfferMade(*row) for row in session.execute(OFFERS, values)]


NO_TEXTS = text("UPDATE customers SET sms_opt_in = false WHERE id = :id AND shop_id = :shop_id AND sms_opt_in")
OPT_IN = text("""
UPDATE customers c
   SET sms_opt_in = true, consent_source = :source, consent_wording = :wording,
       consent_at = (SELECT clock_timestamp())
 WHERE c.id = :id AND c.shop_id = :shop_id AND NOT c.sms_opt_in AND c.phone_e164 IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM suppressions x
                    WHERE x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL)
""")


def take_no_texts(session: Session, shop_id: UUID, customer_id: UUID) -> None:
    """Opts out a customer without a phone number. For one with a number, use `db.consent.suppress`."""
    session.execute(NO_TEXTS, {"id": customer_id, "shop_id": shop_id})


def opt_in(session: Session, shop_id: UUID, customer_id: UUID, *, source: str, wording: str) -> bool:
    """Opts a customer in; False without a number or if it is opted out. `source`: where the consent was given."""
    values = {"id": customer_id, "shop_id": shop_id, "source": source, "wording": wording or None}
    return bool(session.execute(OPT_IN, values).rowcount)  # type: ignore[attr-defined]
