"""Adds, changes and ends entries of the waiting list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, text, update
from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, page_of, rows
from db.models import Customer, Performer, Service, WaitlistEntry
from domain.wishes import WISH_FIELDS

MATCHED = ("service_id", "performer_id", "weekdays", *(field.column for field in WISH_FIELDS))
"""The columns that are compared with a slot."""
WISHES = (*MATCHED, "priority", "priority_reason", "note")
COLUMNS = ("id", "customer_id", *WISHES, "status", "source", "ended_at", "created_at", "updated_at")
_COLUMNS = [getattr(WaitlistEntry, name) for name in COLUMNS]
REFERENCES: Mapping[str, Any] = {"customer_id": Customer, "service_id": Service, "performer_id": Performer}


def selected(shop_id: UUID) -> Select[Any]:
    """Returns a query for the entries of the shop, without ORDER BY and without the tokens of the entries."""
    return select(*_COLUMNS).where(WaitlistEntry.shop_id == shop_id)


def one(session: Session, shop_id: UUID, entry_id: UUID) -> Row[Any] | None:
    """Returns the entry with this id, or None if the shop has no such entry."""
    return session.execute(selected(shop_id).where(WaitlistEntry.id == entry_id)).one_or_none()


def unknown_reference(session: Session, shop_id: UUID, values: Mapping[str, Any]) -> str | None:
    """Returns the first of customer_id, service_id and performer_id that is not a row of the shop, or None."""
    for name, model in REFERENCES.items():
        if values.get(name) is not None:
            there = select(model.id).where(model.id == values[name], model.shop_id == shop_id)
            if model is Customer:
                there = there.where(Customer.anonymised_at.is_(None))
            if session.execute(there).one_or_none() is None:
                return name
    return None


def add(session: Session, shop_id: UUID, customer_id: UUID, values: Mapping[str, Any], *, source: str) -> Row[Any]:
    """Inserts an active entry. `values` are columns of WISHES; ids in them must refer to rows of the shop."""
    statement = insert(WaitlistEntry).values(shop_id=shop_id, customer_id=customer_id, source=source, **values)
    return session.execute(statement.returning(*_COLUMNS)).one()


def change(session: Session, shop_id: UUID, entry_id: UUID, values: Mapping[str, Any]) -> Row[Any] | None:
    """Updates columns of WISHES in an active entry. Returns None if the shop has no such active entry."""
    this = (
        WaitlistEntry.id == entry_id,
        WaitlistEntry.shop_id == shop_id,
        WaitlistEntry.status == "active",
    )
    if not values:
        return session.execute(selected(shop_id).where(*this)).one_or_none()
    return session.execute(update(WaitlistEntry).where(*this).values(**values).returning(*_COLUMNS)).one_or_none()


def leave(session: Session, shop_id: UUID, entry_id: UUID) -> bool:
    """Ends an active entry at its customer's request. Returns False if the shop has no such active entry."""
    statement = (
        update(WaitlistEntry)
        .where(
            WaitlistEntry.id == entry_id,
            WaitlistEntry.shop_id == shop_id,
            WaitlistEntry.status == "active",
        )
        .values(status="left", ended_at=func.clock_now())
        .returning(WaitlistEntry.id)
    )
    return session.execute(statement).one_or_none() is not None


def leave_by_phone(session: Session, shop_id: UUID, phone: str) -> int:
    """Ends all active entries of the customers with this phone line, and returns their number."""
    of_line = select(Customer.id).where(Customer.shop_id == shop_id, Customer.phone_e164 == func.phone_line(phone))
    statement = (
        update(WaitlistEntry)
        .where(
            WaitlistEntry.shop_id == shop_id,
            WaitlistEntry.customer_id.in_(of_line),
            WaitlistEntry.status == "active",
        )
        .values(status="left", ended_at=func.clock_now())
        .returning(WaitlistEntry.id)
    )
    return len(session.execute(statement).all())


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An active entry whose last day is over in the shop's time zone. `at` is the time of its creation (UTC)."""

    id: UUID
    at: datetime


PAST = page_of(
    """
SELECT e.id, e.created_at AS at
  FROM waitlist_entries e JOIN shops shop ON shop.id = e.shop_id
 WHERE e.status = 'active' AND e.date_until < local_time((SELECT clock_timestamp()), shop.timezone)::date""",
    at="e.created_at",
    id="e.id",
)
EXPIRE = text("""
UPDATE waitlist_entries e SET status = 'expired', ended_at = (SELECT clock_timestamp())
  FROM shops shop
 WHERE e.id = ANY(:ids) AND shop.id = e.shop_id AND e.status = 'active'
   AND e.date_until < local_time((SELECT clock_timestamp()), shop.timezone)::date
""")


def past_entries(session: Session, scope: ShopScope, after: PageKey, limit: int) -> list[PastEntry]:
    """Returns one page of the entries to expire, oldest first."""
    return [PastEntry(*row) for row in rows(session, PAST, scope, after, limit)]


def expire(session: Session, ids: list[UUID]) -> int:
    """Expires the entries whose last day is over, and returns their number."""
    return int(session.execute(EXPIRE, {"ids": ids}).rowcount)  # type: ignore[attr-defined]
