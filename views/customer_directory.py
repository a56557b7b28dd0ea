"""Customers for the shop's pages, with their consent to each channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.customers.channel_consents import CONSENT_COLUMNS
from db.messages.channel_conditions import agreed
from db.sql import composed
from domain.channels import CHANNELS, Channel, ChannelFields
from views.customer_search import meant_by


@dataclass(frozen=True, slots=True)
class ChannelConsent:
    """A customer's consent to offers on one channel. `reachable` is true if the customer has an address for it."""

    channel: Channel
    agreed: bool
    reachable: bool
    source: str | None
    wording: str | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """A listed customer. Times are timezone-aware. `suppressed_at` is the time of the number's opt-out."""

    id: UUID
    name: str
    phone: str | None = field(repr=False)
    phone_e164: str | None = field(repr=False)
    email: str | None = field(repr=False)
    consents: list[ChannelConsent]
    """The consent to offers on each channel."""
    cooldown_until: dt.datetime | None
    last_asked_at: dt.datetime | None
    last_settled_at: dt.datetime | None
    created_at: dt.datetime
    tags: list[str]
    note: str | None = field(repr=False)
    suppressed_at: dt.datetime | None
    suppressed_because: str | None

    @property
    def agreed(self) -> bool:
        """Whether the customer agreed to offers on any channel."""
        return any(one.agreed for one in self.consents)

    @property
    def agreed_by_text(self) -> bool:
        """Whether the customer agreed to offers by SMS."""
        return any(one.agreed for one in self.consents if one.channel is Channel.SMS)

    def reached_by(self, used: Collection[Channel]) -> Channel | None:
        """Returns the first of these channels that the customer agreed to and has an address for, or None."""
        reaching = (one.channel for one in self.consents if one.channel in used and one.agreed and one.reachable)
        return next(reaching, None)


SELECT = f"""
SELECT c.id, c.name, c.phone, c.phone_e164, c.email, {", ".join(f"c.{name}" for name in CONSENT_COLUMNS)},
       c.cooldown_until, c.last_asked_at, c.last_settled_at, c.created_at, c.tags, c.note,
       x.created_at AS suppressed_at, x.reason AS suppressed_because
  FROM {{customers}} c
  LEFT JOIN suppressions x ON x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL
 WHERE c.shop_id = :shop_id"""  # noqa: S608 - constants
# Must match the index customers_last_visit_idx.
ORDER = "ORDER BY c.last_settled_at DESC NULLS LAST, c.id"
PAGE = f"""(
SELECT * FROM customers c WHERE c.shop_id = :shop_id AND c.anonymised_at IS NULL {{narrowed}}
 {ORDER} LIMIT :limit OFFSET :offset)"""  # noqa: S608
TABS: dict[str, str] = {
    "all": "",
    "willing": "AND c.sms_opt_in AND c.phone_e164 IS NOT NULL",
    "not willing": " ".join(f"AND ({agreed(one)}) IS NOT TRUE" for one in CHANNELS.values()),
    "resting": "AND c.cooldown_until > (SELECT clock_timestamp())",
}
ONE = text(SELECT.format(customers="customers") + " AND c.id = :id")


def page(session: Session, shop_id: UUID, *, tab: str, words: str, limit: int, offset: int) -> list[ListedCustomer]:
    """Returns a page of customers, the most recent visitors first, without erased customers. `tab`: one of TABS."""
    found, values = meant_by(words)
    narrowed = TABS[tab] + (f" AND c.id IN ({found})" if words else "")
    statement = SELECT.format(customers=PAGE.format(narrowed=narrowed)) + f" {ORDER}"
    values = {"shop_id": shop_id, "limit": limit, "offset": offset} | (values if words else {})
    return [_listed(row) for row in session.execute(composed(statement), values).mappings()]


def one(session: Session, shop_id: UUID, customer_id: UUID) -> ListedCustomer | None:
    """Returns the customer, who may have been erased, or None if this shop has no such customer."""
    row = session.execute(ONE, {"shop_id": shop_id, "id": customer_id}).mappings().one_or_none()
    return None if row is None else _listed(row)


def _listed(row: RowMapping) -> ListedCustomer:
    own = {name: value for name, value in row.items() if name not in CONSENT_COLUMNS}
    return ListedCustomer(**own, consents=[_consent(row, one) for one in CHANNELS.values()])


def _consent(row: RowMapping, one: ChannelFields) -> ChannelConsent:
    source, wording, at = (row[column] for column in one.consent_columns)
    agreed = bool(row[one.opt_in] and (at or not one.opt_in_needs_time))
    return ChannelConsent(one.channel, agreed, bool(row[one.address]), source, wording, at)


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
    """The customer's offers, latest first."""
    values = {"shop_id": shop_id, "id": customer_id, "limit": limit}
    return [OfferMade(*row) for row in session.execute(OFFERS, values)]
