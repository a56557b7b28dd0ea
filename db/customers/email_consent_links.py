"""Consent to e-mails that was given on the join page.

It becomes valid when the customer confirms it with the link in an e-mail.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import audit
from db.customers.channel_consents import opted_out, recorded
from db.models import Customer, Shop, WaitlistEntry
from db.waitlist.waitlist_links import JOINED_BY_PAGE
from domain.channels import Channel
from domain.join_consent import EMAIL_LINK_LIFE


@dataclass(frozen=True, slots=True)
class EmailToConfirm:
    """An e-mail address to confirm. `valid`: whether the link still works."""

    entry_id: UUID
    entry_token: str = field(repr=False)
    shop_id: UUID
    shop: str
    shop_email_from: str | None
    customer_id: UUID
    email: str = field(repr=False)
    wording: str
    locale: str
    confirmed_at: dt.datetime | None
    valid: bool


def of_entry(session: Session, entry_id: UUID) -> EmailToConfirm | None:
    """Returns the address of this entry, or None if it has no consent to e-mails or the customer was erased."""
    return _found(session, WaitlistEntry.id == entry_id)


def by_token(session: Session, entry_token: str) -> EmailToConfirm | None:
    """Returns the same as `of_entry` for the entry with this token, which is the secret of the customer's page."""
    return _found(session, WaitlistEntry.token == entry_token)


def _found(session: Session, condition: Any) -> EmailToConfirm | None:
    entry = WaitlistEntry
    row: Any = session.execute(
        select(
            *(entry.id, entry.token, entry.shop_id, Shop.name, Shop.email_from, entry.customer_id, entry.email),
            *(entry.email_consent_wording, func.coalesce(Customer.locale, Shop.locale), entry.email_consent_at),
            entry.email_consent_at.is_(None)
            & (entry.consent_at > func.clock_timestamp() - EMAIL_LINK_LIFE)
            & ~opted_out(),
        )
        .join(Shop, Shop.id == entry.shop_id)
        .join(Customer, Customer.id == entry.customer_id)
        .where(condition, entry.email.is_not(None), Customer.anonymised_at.is_(None))
    ).one_or_none()
    return None if row is None else EmailToConfirm(*row)


def confirm(session: Session, found: EmailToConfirm) -> bool:
    """Opts the customer in to e-mails, and stores this address as the customer's e-mail address.

    Returns False if the address was already confirmed.
    """
    marked = session.execute(
        update(WaitlistEntry)
        .where(
            WaitlistEntry.id == found.entry_id,
            WaitlistEntry.shop_id == found.shop_id,
            WaitlistEntry.email_consent_at.is_(None),
        )
        .values(email_consent_at=func.clock_now())
        .returning(WaitlistEntry.id)
    ).one_or_none()
    if marked is None:
        return False
    consent = recorded(Channel.EMAIL, source=JOINED_BY_PAGE, wording=found.wording)
    session.execute(
        update(Customer)
        .where(Customer.id == found.customer_id, Customer.shop_id == found.shop_id, ~opted_out())
        .values(email=found.email, **consent)
    )
    audit.note(
        session,
        event="EmailConsentConfirmed",
        reason="The customer confirmed by a link that they agree to e-mails.",
        shop_id=found.shop_id,
        actor=audit.CUSTOMER,
        detail={"customer": str(found.customer_id)},
    )
    return True
