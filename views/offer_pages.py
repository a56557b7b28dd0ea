"""The data of the page on which a customer responds to an offer, found by the offer's token. Read-only."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.sql import read
from domain.charging import deposit_due
from domain.state import Amount, BookingStatus, ClosedAs, OfferStatus, SlotStatus
from views.public_pages import ShopCard, shop_card


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTime:
    """The offered time. Times are timezone-aware; `price_cents` is in the smallest unit of `price_currency`."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    service: str | None
    performer: str | None
    price_cents: int | None
    price_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedBooking:
    """The result of the customer's YES.

    `pay_token` is the token of a payment that can be made until `pay_until`.
    """

    status: BookingStatus
    manage_token: str = field(repr=False)
    pay_token: str | None = field(repr=False)
    pay_until: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """One offer. `locale` is the customer's or else the shop's locale; `deposit_cents` is the amount that is charged.

    `answering` is true while a reply from this page is being handled. `said_late_yes` is true if a YES came too late;
    such a YES is accepted if the time stays free. `moving_from` is the start of the later appointment that a YES
    moves.
    """

    now: dt.datetime
    locale: str
    shop: ShopCard
    appointment: OfferedTime
    offer_id: UUID
    shop_id: UUID
    status: OfferStatus
    expires_at: dt.datetime | None
    said_late_yes: bool
    answering: bool
    slot_status: SlotStatus
    closed_as: ClosedAs | None
    deposit_cents: int
    currency: str
    moving_from: dt.datetime | None
    booking: OfferedBooking | None


OFFER = text(read("offer_page.sql"))


def offer_by_token(session: Session, token: str) -> OfferPage | None:
    """Returns the offer with this token, or None."""
    row = session.execute(OFFER, {"token": token}).mappings().one_or_none()
    if row is None:
        return None
    same = (
        "now",
        "locale",
        "offer_id",
        "shop_id",
        "expires_at",
        "said_late_yes",
        "answering",
        "moving_from",
    )
    deposit = _deposit(row)
    return OfferPage(
        **{name: row[name] for name in same},
        status=OfferStatus(row["status"]),
        slot_status=SlotStatus(row["slot_status"]),
        closed_as=ClosedAs(row["closed_as"]) if row["closed_as"] else None,
        deposit_cents=deposit.cents,
        currency=deposit.currency,
        shop=shop_card(row),
        appointment=OfferedTime(**{name: row[name] for name in OfferedTime.__dataclass_fields__}),
        booking=_booking(row),
    )


def _deposit(row: RowMapping) -> Amount:
    """Returns the deposit that the offer states, or the slot's current deposit for an offer that SQL inserted."""
    if row["offered_cents"] is not None:
        return Amount(row["offered_cents"], row["offered_currency"])
    price = row["price_cents"] if row["price_currency"] == row["currency"] else None
    return Amount(deposit_due(row["deposit_cents"], row["currency"], price=price), row["currency"])


def _booking(row: RowMapping) -> OfferedBooking | None:
    if row["booking_status"] is None:
        return None
    return OfferedBooking(
        status=BookingStatus(row["booking_status"]),
        **{name: row[name] for name in ("manage_token", "pay_token", "pay_until")},
    )
