"""The waiting-list entries for the shop's pages and commands."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.orm import Session

from db.models import Customer, Performer, Service, WaitlistEntry
from db.waitlist.waitlist import COLUMNS


def _named(shop_id: UUID) -> Select[Any]:
    entry = WaitlistEntry
    columns = [getattr(entry, name) for name in COLUMNS]
    return (
        select(
            *columns,
            Customer.name.label("customer"),
            Customer.phone,
            Service.name.label("service"),
            Performer.name.label("performer"),
        )
        .join(Customer, Customer.id == entry.customer_id)
        .outerjoin(Service, Service.id == entry.service_id)
        .outerjoin(Performer, Performer.id == entry.performer_id)
        .where(entry.shop_id == shop_id)
    )


def waiting(session: Session, shop_id: UUID, *, limit: int) -> list[RowMapping]:
    """Returns the active entries by priority, then by waiting time."""
    entry = WaitlistEntry
    statement = _named(shop_id).where(entry.status == "active")
    ordered = statement.order_by(entry.priority.desc(), entry.created_at, entry.customer_id).limit(limit)
    return list(session.execute(ordered).mappings())


def of_customer(session: Session, shop_id: UUID, customer_id: UUID, *, limit: int) -> list[RowMapping]:
    """Returns the entries of one customer: active entries first, then newest first."""
    entry = WaitlistEntry
    statement = _named(shop_id).where(entry.customer_id == customer_id)
    ordered = statement.order_by((entry.status != "active"), entry.created_at.desc()).limit(limit)
    return list(session.execute(ordered).mappings())


def choices(session: Session, shop_id: UUID) -> tuple[dict[str, str], dict[str, str]]:
    """The names of the active services and performers, by id."""
    found = []
    for model in (Service, Performer):
        rows = session.execute(
            select(model.id, model.name).where(model.shop_id == shop_id, model.active).order_by(model.name)
        )
        found.append({str(row.id): row.name or "No name" for row in rows})
    services, performers = found
    return services, performers
