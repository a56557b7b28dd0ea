"""Adds and changes customers whom staff enter. Does not opt any customer in. `by` is the actor in the audit log."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.customers.api_customers import CUSTOMERS
from db.customers.channel_consents import opt_ins_after
from db.models import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """The details of a customer as staff enter them. `phone` is E.164. None and empty `tags` mean unknown."""

    name: str
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()


def add(session: Session, shop_id: UUID, details: CustomerDetails, *, by: str) -> UUID:
    """Adds the customer without any consent, and returns the id."""
    added: UUID = CUSTOMERS.create(session, shop_id, {"sms_opt_in": False, **_columns(details)}, by=by).id
    return added


def change(session: Session, shop_id: UUID, customer_id: UUID, details: CustomerDetails, *, by: str) -> bool:
    """Changes the customer. Returns False if the customer is unknown.

    A new number or address ends the consent that was given for the old one.
    """
    values = _columns(details)
    return CUSTOMERS.change(session, shop_id, customer_id, opt_ins_after(values) | values, by=by) is not None


def _columns(details: CustomerDetails) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(details, name) for name in CustomerDetails.__dataclass_fields__}
    return values | {"tags": list(details.tags)}


@dataclass(frozen=True, slots=True)
class SameLine:
    """A customer of the shop with the same phone line."""

    id: UUID
    name: str


def with_line(session: Session, shop_id: UUID, phone: str, *, besides: UUID | None = None) -> SameLine | None:
    """Returns a customer with this phone line, other than `besides`, or None."""
    row = session.execute(
        select(Customer.id, Customer.name)
        .where(
            Customer.shop_id == shop_id,
            Customer.phone_e164 == func.phone_line(phone),
            Customer.id.is_distinct_from(besides),
        )
        .order_by(Customer.created_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else SameLine(row.id, row.name)


def details_of(session: Session, shop_id: UUID, customer_id: UUID) -> CustomerDetails | None:
    """Returns the customer's details, or None if the shop has no such customer or the customer was erased."""
    row = session.execute(
        select(Customer.name, Customer.phone, Customer.email, Customer.locale, Customer.note, Customer.tags).where(
            Customer.id == customer_id, Customer.shop_id == shop_id, Customer.anonymised_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return CustomerDetails(
        name=row.name,
        phone=row.phone,
        email=row.email,
        locale=row.locale,
        note=row.note,
        tags=tuple(row.tags),
    )
