"""Adds and changes customers by hand. This opts nobody in."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db.customers.channel_consents import opt_ins_after
from db.models import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """Details of a customer as staff enter them.

    `phone` is E.164. Empty `tags` and None mean that nothing is known.
    """

    name: str
    phone: str | None = None
    email: str | None = None
    locale: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()


def add(session: Session, shop_id: UUID, details: CustomerDetails) -> UUID:
    """Adds the customer, who has agreed to nothing yet. Returns the id."""
    added: UUID = session.execute(
        insert(Customer).values(shop_id=shop_id, sms_opt_in=False, **_columns(details)).returning(Customer.id)
    ).scalar_one()
    return added


def change(session: Session, shop_id: UUID, customer_id: UUID, details: CustomerDetails) -> bool:
    """Changes the customer.

    A new number or address ends the consent given for the old one. Returns False if the customer is unknown.
    """
    values = _columns(details)
    changed = session.execute(
        update(Customer)
        .where(Customer.id == customer_id, Customer.shop_id == shop_id, Customer.anonymised_at.is_(None))
        .values(**opt_ins_after(values), **values)
        .returning(Customer.id)
    )
    return changed.scalar_one_or_none() is not None


def _columns(details: CustomerDetails) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(details, name) for name in CustomerDetails.__dataclass_fields__}
    return values | {"tags": list(details.tags)}


@dataclass(frozen=True, slots=True)
class SameLine:
    """A customer of the shop with the same phone line."""

    id: UUID
    name: str


def with_line(session: Session, shop_id: UUID, phone: str, *, besides: UUID | None = None) -> SameLine | None:
    """Returns another customer with the same phone line."""
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
    """Returns the customer in the format of the form, or None if this shop has no such customer or it was erased."""
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
