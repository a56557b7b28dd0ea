"""Creates and changes customers for the API and the pages, and finds the customers to whom a booking system refers.

No function of this module lifts an opt-out. `by` is the actor in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, Text, cast, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from db.customers import channel_consents
from db.customers.channel_consents import CONSENT_COLUMNS, NO_PHONE_CHANNEL, opt_ins_after, recorded
from db.models import Customer
from db.shop_rows import ShopRows
from domain.channels import CHANNELS, Channel

OPTED_OUT = literal_column(
    "EXISTS (SELECT FROM suppressions x WHERE x.shop_id = customers.shop_id AND x.phone = customers.phone_e164"
    " AND x.lifted_at IS NULL)",
    Boolean,
).label("opted_out")
"""An SQL expression: whether the customer's number has opted out."""

CUSTOMERS = ShopRows(
    Customer,
    (
        *("id", "external_id", "name", "phone", "email", *CONSENT_COLUMNS),
        *("timezone", "locale", "last_settled_at", "created_at", "updated_at"),
    ),
    subject="A customer",
    added="CustomerAdded",
    changed="CustomerChanged",
    unnoted=frozenset(CONSENT_COLUMNS),
    more=(OPTED_OUT,),
    only=Customer.anonymised_at.is_(None),
)

CustomerRow = Row[Any]


class OptedOutError(Exception):
    """The number has opted out. Only its owner can lift the opt-out, with a text."""


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A customer's consent to these channels. `at` is its time, or None for the current time."""

    source: str
    wording: str | None = None
    at: datetime | None = None
    channels: tuple[Channel, ...] = (Channel.SMS,)

    @property
    def columns(self) -> dict[str, Any]:
        """Returns the values of the columns that record the consent."""
        found: dict[str, Any] = {}
        for channel in self.channels:
            found |= recorded(channel, source=self.source, wording=self.wording, at=self.at)
        return found


SUPPRESSED = text("""
SELECT EXISTS (SELECT FROM suppressions
                WHERE shop_id = :shop_id AND phone = phone_line(:phone) AND lifted_at IS NULL)
""")


def create(
    session: Session, shop_id: UUID, values: Mapping[str, Any], *, by: str, consent: GivenConsent | None = None
) -> CustomerRow:
    """Inserts a customer, who is opted in if there is a `consent`. Raises OptedOutError."""
    given = _with_consent(session, shop_id, values, values.get("phone"), consent)
    row = CUSTOMERS.create(session, shop_id, given, by=by)
    _note_consent(session, shop_id, row, given, None, by=by)
    return row


def change(
    session: Session,
    shop_id: UUID,
    customer_id: UUID,
    values: Mapping[str, Any],
    *,
    by: str,
    consent: GivenConsent | None = None,
) -> CustomerRow | None:
    """Updates the columns in `values`. Returns None if the shop has no such customer. Raises OptedOutError.

    A new number or address ends the consent that was given for the old one.
    """
    phone = values.get("phone")
    if consent is not None and "phone" not in values:
        # The update also serialises this transaction with an opt-out, which updates the same row.
        this = (Customer.id == customer_id, Customer.shop_id == shop_id)
        phone = session.execute(select(Customer.phone).where(*this).with_for_update()).scalar_one_or_none()
    given = _with_consent(session, shop_id, values, phone, consent)
    row = CUSTOMERS.change(session, shop_id, customer_id, opt_ins_after(values) | given, by=by)
    if row is not None and given:
        _note_consent(session, shop_id, row, given, row.changed, by=by)
    return row


def put(
    session: Session,
    shop_id: UUID,
    external_id: str,
    values: Mapping[str, Any],
    *,
    by: str,
    consent: GivenConsent | None = None,
) -> tuple[CustomerRow, bool]:
    """Inserts or updates the customer with this external id. Returns the row and whether it was inserted.

    Raises OptedOutError.
    """
    phone = values.get("phone")
    if consent is not None and "phone" not in values:
        this = (Customer.shop_id == shop_id, Customer.calendar_id.is_(None), Customer.external_id == external_id)
        phone = session.execute(select(Customer.phone).where(*this).with_for_update()).scalar_one_or_none()
    given = _with_consent(session, shop_id, values, phone, consent)
    row, is_new = CUSTOMERS.put(session, shop_id, external_id, given, on_change=opt_ins_after(values), by=by)
    _note_consent(session, shop_id, row, given, row.changed, by=by)
    return row, is_new


def _note_consent(
    session: Session,
    shop_id: UUID,
    row: CustomerRow,
    given: Mapping[str, Any],
    changed: list[str] | None,
    *,
    by: str,
) -> None:
    """Records the consents that were given or withdrawn. `changed` is None for a new customer."""
    for channel, one in CHANNELS.items():
        opted_in = given.get(one.opt_in)
        is_new = opted_in if changed is None else one.opt_in in changed
        if is_new and opted_in is not None:
            channel_consents.note(session, shop_id, row.id, channel, opted_in=opted_in, by=by)


def _with_consent(
    session: Session, shop_id: UUID, values: Mapping[str, Any], phone: str | None, consent: GivenConsent | None
) -> dict[str, Any]:
    given = dict(values)
    if phone is None or (consent is None and "phone" not in values):
        return given | (consent.columns if consent else {})
    suppressed = session.execute(SUPPRESSED, {"shop_id": shop_id, "phone": phone}).scalar_one()
    if consent is not None:
        if suppressed:
            raise OptedOutError
        return given | consent.columns
    return given | (NO_PHONE_CHANNEL if suppressed else {})


def known(
    session: Session, shop_id: UUID, *, external_id: str | None, phone: str | None, email: str | None
) -> UUID | None:
    """Finds the customer of a booking by external id, otherwise by phone line, otherwise by e-mail address."""
    own = (Customer.shop_id == shop_id, Customer.anonymised_at.is_(None))
    if external_id is not None:
        same = (Customer.calendar_id.is_(None), Customer.external_id == external_id)
        found: UUID | None = session.execute(select(Customer.id).where(*own, *same)).scalar_one_or_none()
        return found
    if phone is not None:
        same_person = Customer.phone_e164 == func.phone_line(phone)
    elif email is not None:
        same_person = (func.lower(Customer.email) == email.lower()) & Customer.phone_e164.is_(None)
    else:
        return None
    statement = select(Customer.id).where(*own, same_person).order_by(Customer.created_at, Customer.id).limit(1)
    return session.execute(statement).scalar_one_or_none()


def agree(
    session: Session, shop_id: UUID, customer_id: UUID, given: Mapping[str, Any], consent: GivenConsent, *, by: str
) -> None:
    """Records the consent. Skips a channel if its number or address in `given` differs from the customer's.

    Raises OptedOutError.
    """
    this = (Customer.id == customer_id, Customer.shop_id == shop_id)
    line = func.phone_line(cast(given.get("phone"), Text))
    address = func.lower(cast(given.get("email"), Text))
    matches = select(
        func.coalesce(Customer.phone_e164 == line, line.is_(None)).label("phone_e164"),
        func.coalesce(func.lower(Customer.email) == address, address.is_(None)).label("email"),
    )
    own = session.execute(matches.where(*this)).one()._mapping
    channels = tuple(channel for channel in consent.channels if own[CHANNELS[channel].address])
    if channels:
        change(session, shop_id, customer_id, {}, by=by, consent=replace(consent, channels=channels))


def fill_blanks(session: Session, shop_id: UUID, customer_id: UUID, values: Mapping[str, Any], *, by: str) -> None:
    """Sets the columns in `values` that are empty."""
    given = {name: value for name, value in values.items() if value}
    if given:
        blank = {
            name: func.coalesce(func.nullif(getattr(Customer, name), ""), value) for name, value in given.items()
        }
        blank = opt_ins_after(blank) | blank
        missing = or_(*(func.coalesce(getattr(Customer, name), "") == "" for name in given))
        CUSTOMERS.change(session, shop_id, customer_id, blank, missing, by=by)
