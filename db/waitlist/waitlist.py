"""Adds, changes and ends entries of the waiting list, and records this in the audit log. `by` is the actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, text, update
from sqlalchemy.orm import Session

from db import audit
from db.keyset_pagination import PageKey, ShopScope, page_of, rows
from db.models import Customer, Performer, Service, WaitlistEntry
from domain.wishes import WISH_FIELDS

MATCHED = ("service_id", "performer_id", "weekdays", *(field.column for field in WISH_FIELDS))
"""The columns that are compared with a slot."""
WISHES = (*MATCHED, "priority", "priority_reason", "note")
COLUMNS = ("id", "customer_id", *WISHES, "status", "source", "ended_at", "created_at", "updated_at")
_COLUMNS = [getattr(WaitlistEntry, name) for name in COLUMNS]
REFERENCES: Mapping[str, Any] = {"service_id": Service, "performer_id": Performer}


def selected(shop_id: UUID) -> Select[Any]:
    """Returns a query for the entries of the shop, without ORDER BY and without the tokens of the entries."""
    return select(*_COLUMNS).where(WaitlistEntry.shop_id == shop_id)


TODAY = text("SELECT local_time((SELECT clock_timestamp()), timezone)::date FROM shops WHERE id = :shop_id")


def today(session: Session, shop_id: UUID) -> date:
    """Returns the current day in the shop's time zone, which ends the entries with an earlier last day."""
    day: date = session.execute(TODAY, {"shop_id": shop_id}).scalar_one()
    return day


def one(session: Session, shop_id: UUID, entry_id: UUID) -> Row[Any] | None:
    """Returns the entry with this id, or None if the shop has no such entry."""
    return session.execute(selected(shop_id).where(WaitlistEntry.id == entry_id)).one_or_none()


def unknown_reference(session: Session, shop_id: UUID, values: Mapping[str, Any]) -> str | None:
    """Returns the first of service_id and performer_id that is not a row of the shop, or None."""
    for name, model in REFERENCES.items():
        if values.get(name) is not None:
            there = select(model.id).where(model.id == values[name], model.shop_id == shop_id)
            if session.execute(there).one_or_none() is None:
                return name
    return None


def add(
    session: Session, shop_id: UUID, customer_id: UUID, values: Mapping[str, Any], *, source: str, by: str
) -> Row[Any] | None:
    """Inserts an active entry. Returns None if the shop has no such customer, or the customer was erased.

    `values` are columns of WISHES; ids in them must refer to rows of the shop.
    """
    there = select(Customer.id).where(
        Customer.id == customer_id, Customer.shop_id == shop_id, Customer.anonymised_at.is_(None)
    )
    # If the customer is being erased, this waits for the end.
    if session.execute(there.with_for_update(read=True, key_share=True)).one_or_none() is None:
        return None
    statement = insert(WaitlistEntry).values(shop_id=shop_id, customer_id=customer_id, source=source, **values)
    row = session.execute(statement.returning(*_COLUMNS)).one()
    note(session, shop_id, row, "WaitlistJoined", "A customer was added to the waiting list.", by=by)
    return row


def note(session: Session, shop_id: UUID, row: Any, event: str, reason: str, *, by: str) -> None:
    """Adds an entry about the entry `row`, which has the columns `id` and `customer_id`, to the audit log."""
    detail = {"customer": row.customer_id, "waitlist_entry": row.id}
    audit.note(session, event=event, reason=reason, shop_id=shop_id, actor=by, detail=detail)


def change(session: Session, shop_id: UUID, entry_id: UUID, values: Mapping[str, Any], *, by: str) -> Row[Any] | None:
    """Updates columns of WISHES in an active entry. Returns None if the shop has no such active entry."""
    this = (
        WaitlistEntry.id == entry_id,
        WaitlistEntry.shop_id == shop_id,
        WaitlistEntry.status == "active",
    )
    if not values:
        return session.execute(selected(shop_id).where(*this)).one_or_none()
    columns = (*_COLUMNS, audit.changed_columns(WaitlistEntry, [*values]))
    changed = update(WaitlistEntry).where(*this).values(**values)
    row = session.execute(changed.returning(*columns)).one_or_none()
    if row is not None and row.changed:
        reason = f"A waiting-list entry was changed: {audit.in_words(row.changed)}."
        note(session, shop_id, row, "WaitlistChanged", reason, by=by)
    return row


def leave(session: Session, shop_id: UUID, entry_id: UUID, *, by: str) -> bool:
    """Ends an active entry. Returns False if the shop has no such active entry."""
    return _leave(session, shop_id, WaitlistEntry.id == entry_id, by=by) > 0


def leave_by_phone(session: Session, shop_id: UUID, phone: str, *, by: str) -> int:
    """Ends all active entries of the customers with this phone line, and returns their number."""
    of_line = select(Customer.id).where(Customer.shop_id == shop_id, Customer.phone_e164 == func.phone_line(phone))
    return _leave(session, shop_id, WaitlistEntry.customer_id.in_(of_line), by=by)


def _leave(session: Session, shop_id: UUID, condition: ColumnElement[bool], *, by: str) -> int:
    """Ends the active entries that satisfy the condition, and returns their number."""
    statement = (
        update(WaitlistEntry)
        .where(WaitlistEntry.shop_id == shop_id, condition, WaitlistEntry.status == "active")
        .values(status="left", ended_at=func.clock_now())
        .returning(WaitlistEntry.id, WaitlistEntry.customer_id)
    )
    ended = session.execute(statement).all()
    for row in ended:
        note(session, shop_id, row, "WaitlistLeft", "A customer left the waiting list.", by=by)
    return len(ended)


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
