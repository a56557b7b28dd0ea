"""Converts the JSON in a row of a search to waiting-list entries, later appointments and the slot."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from db.end_of_day import parse_time
from domain.move_up import LaterBooking
from domain.wishes import WISH_FIELDS, SlotTime, Wish, WishKind

WISH_COLUMNS = ", ".join(f"'{field.column}', e.{field.column}" for field in WISH_FIELDS)
"""The keys and values of the JSON of an entry `e`, as SQL."""

FROM_JSON: Mapping[WishKind, Callable[[Any], Any]] = {
    WishKind.TIME: parse_time,
    WishKind.DATE: date.fromisoformat,
    WishKind.HOURS: int,
}


@lru_cache(maxsize=64)
def slot_time(stored: str) -> SlotTime:
    """Converts the slot of a search, which is the same in each row of the result."""
    row: dict[str, Any] = json.loads(stored)
    return SlotTime(
        starts_at=datetime.fromisoformat(row["starts_at"]),
        local_start=datetime.fromisoformat(row["local_start"]),
        length=timedelta(seconds=row["seconds"]),
        performer_id=_id(row["performer_id"]),
        service_id=_id(row["service_id"]),
        service=row["service"],
        chain_depth=row["chain_depth"],
    )


def later_booking(row: dict[str, Any]) -> LaterBooking:
    return LaterBooking(
        id=UUID(row["id"]),
        starts_at=datetime.fromisoformat(row["starts_at"]),
        length=timedelta(seconds=row["seconds"]),
        performer_id=_id(row["performer_id"]),
        service_id=_id(row["service_id"]),
        service=row["service"],
        moved_at=datetime.fromisoformat(row["moved_at"]) if row["moved_at"] else None,
        being_paid=row["being_paid"],
        being_moved=row["being_moved"],
    )


def wish(row: dict[str, Any]) -> Wish:
    minutes = row["service_minutes"]
    return Wish(
        id=UUID(row["id"]),
        customer_id=UUID(row["customer_id"]),
        since=datetime.fromisoformat(row["since"]),
        priority=row["priority"],
        service_id=_id(row["service_id"]),
        service_length=None if minutes is None else timedelta(minutes=minutes),
        service_possible=row["possible"],
        performer_id=_id(row["performer_id"]),
        weekdays=frozenset(row["weekdays"]) if row["weekdays"] else None,
        **{field.column: _value(field.kind, row[field.column]) for field in WISH_FIELDS},
    )


def _value(kind: WishKind, stored: Any) -> Any:
    return None if stored is None else FROM_JSON[kind](stored)


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
