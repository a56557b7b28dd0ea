"""The secret links of the waiting list: to a shop's join page, and to a customer's page about one entry."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, literal_column, select, text, update
from sqlalchemy.orm import Session

from db import locks
from db.audit import CUSTOMER
from db.customers.channel_consents import recorded
from db.messages.usable_channels import UNUSABLE
from db.models import Customer, Shop, WaitlistEntry
from db.waitlist import join_requests, waitlist
from db.waitlist.join_requests import JoinAttempt
from db.waitlist.waitlist import COLUMNS
from domain.channels import CHANNELS, PHONE_CHANNELS, Channel

SHOP: list[Any] = [
    *(Shop.id, Shop.name, Shop.locale, Shop.timezone, Shop.phone, Shop.country, Shop.sms_from),
    *(getattr(Shop, one.setting) for one in CHANNELS.values() if one.setting),
    literal_column(UNUSABLE).label("unusable_channels"),
    Shop.show_waitlist_place,
]
JOINED_BY_PAGE = "join page"


def shop_by_token(session: Session, token: str) -> Row[Any] | None:
    """Returns the shop of this link, or None if the link is unknown or the shop has no waiting list."""
    return session.execute(select(*SHOP).where(Shop.join_token == token, Shop.waitlist != "off")).one_or_none()


def join_token(session: Session, shop_id: UUID) -> str:
    """Returns the token of the shop's join page."""
    return session.execute(select(Shop.join_token).where(Shop.id == shop_id)).scalar_one()


@dataclass(frozen=True, slots=True)
class WaitlistEntryPage:
    """An entry and its shop, for the customer's page. `shop` has the columns of SHOP. `now` is UTC."""

    entry: Row[Any]
    shop: Row[Any]
    locale: str
    now: dt.datetime


def entry_by_token(session: Session, token: str) -> WaitlistEntryPage | None:
    """Returns the entry of this link, or None if the link is unknown or the customer was erased."""
    columns = [getattr(WaitlistEntry, name) for name in (*COLUMNS, "shop_id")]
    entry = session.execute(select(*columns).where(WaitlistEntry.token == token)).one_or_none()
    if entry is None:
        return None
    shop = session.execute(select(*SHOP).where(Shop.id == entry.shop_id)).one()
    customer: Any = session.execute(
        select(Customer.locale, Customer.anonymised_at, literal_column("clock_timestamp()").label("now")).where(
            Customer.id == entry.customer_id, Customer.shop_id == entry.shop_id
        )
    ).one()
    if customer.anonymised_at is not None:
        return None
    return WaitlistEntryPage(entry, shop, customer.locale or shop.locale, customer.now)


def leave(session: Session, page: WaitlistEntryPage) -> None:
    """Ends the entry at its customer's request, unless it has already ended."""
    waitlist.leave(session, page.shop.id, page.entry.id, by=CUSTOMER)


@dataclass(frozen=True, slots=True)
class JoinedEntry:
    """An entry whose link is texted to the customer."""

    id: UUID
    customer_id: UUID
    token: str = field(repr=False)


def joined(session: Session, entry_id: UUID) -> JoinedEntry | None:
    """Returns the active entry with this id, or None."""
    row = session.execute(
        select(WaitlistEntry.id, WaitlistEntry.customer_id, WaitlistEntry.token).where(
            WaitlistEntry.id == entry_id, WaitlistEntry.status == "active"
        )
    ).one_or_none()
    return None if row is None else JoinedEntry(*row)


def join(session: Session, request: JoinAttempt, wishes: dict[str, Any]) -> tuple[UUID, str]:
    """Adds an entry for the customer with the verified phone, who is created if unknown. Returns its id and token.

    Records the consent to the phone channels whose boxes were ticked. Consent to e-mails must be confirmed with a
    link. A known customer keeps the existing name and consents.
    """
    locks.wait_for_turn(session, locks.new_customer(request.shop_id, request.phone))
    customer_id = _customer(session, request)
    asks_email = request.email is not None and join_requests.may_email(session, request.email)
    row = session.execute(
        insert(WaitlistEntry)
        .values(
            shop_id=request.shop_id,
            customer_id=customer_id,
            source=JOINED_BY_PAGE,
            consent_wording="\n".join(request.consents.values()),
            consent_version=request.consent_version,
            consent_at=literal_column("clock_timestamp()"),
            consent_address=request.consent_address,
            email=request.email if asks_email else None,
            email_consent_wording=request.consents.get(Channel.EMAIL) if asks_email else None,
            **wishes,
        )
        .returning(WaitlistEntry.id, WaitlistEntry.customer_id, WaitlistEntry.token)
    ).one()
    reason = "A customer joined the waiting list."
    waitlist.note(session, request.shop_id, row, "WaitlistJoined", reason, by=CUSTOMER)
    return row.id, row.token


OF_LINE = text("""
SELECT id FROM customers
 WHERE shop_id = :shop_id AND phone_e164 = phone_line(:phone) AND anonymised_at IS NULL
 ORDER BY sms_opt_in DESC, created_at, id LIMIT 1 FOR KEY SHARE
""")


def _customer(session: Session, request: JoinAttempt) -> UUID:
    consents = {
        one.opt_in: recorded(one.channel, source=JOINED_BY_PAGE, wording=request.consents[one.channel])
        for one in PHONE_CHANNELS
        if one.channel in request.consents
    }
    known: UUID | None = session.execute(
        OF_LINE, {"shop_id": request.shop_id, "phone": request.phone}
    ).scalar_one_or_none()
    if known is not None:
        for opt_in, values in consents.items():
            new = (Customer.id == known, Customer.shop_id == request.shop_id, getattr(Customer, opt_in).is_(False))
            session.execute(update(Customer).where(*new).values(**values))
        return known
    values = {"name": request.name, "phone": request.phone, "locale": request.locale}
    for consent in consents.values():
        values |= consent
    added: UUID = session.execute(
        insert(Customer).values(shop_id=request.shop_id, **values).returning(Customer.id)
    ).scalar_one()
    return added
