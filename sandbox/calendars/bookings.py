"""Stores the bookings, holds and webhook addresses of the simulated calendars."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.provider_time import now
from sandbox.store import Row, Transaction, to_json

BOOKED, CANCELLED, NO_SHOW, MOVED = "booked", "cancelled", "no_show", "moved"
FIELDS = ("name", "phone", "email", "service", "staff", "price_cents", "paid")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBooking:
    """A booking. Times are in Unix seconds.

    `data` contains the fields in FIELDS and those specific to the provider.
    """

    n: int
    id: str
    kind: str
    status: str
    starts: float
    ends: float
    data: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    created: float = 0
    updated: float = 0
    follows: str | None = None
    followed_by: str | None = None

    def get(self, name: str, default: Any = "") -> Any:
        """Returns a field of `data`, or the default if the field is empty."""
        return self.data.get(name) or default


def as_booking(row: Row) -> StoredBooking:
    return StoredBooking(**{**dict(row), "data": json.loads(row["data"])})


def iso(at: float, *, spec: str = "seconds") -> str:
    """Returns a time such as `2026-11-21T03:10:00Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def seconds(text: Any) -> float:
    """Returns the Unix time of an ISO 8601 time. Raises ValueError if the time has no zone."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    return at.timestamp()


def add(
    tx: Transaction, kind: str, starts: float, ends: float, data: Mapping[str, Any], **more: Any
) -> StoredBooking:
    """Adds a booking. `more`: the columns `id` and `follows`."""
    id = more.get("id") or secrets.token_hex(11)
    tx.execute(
        "INSERT INTO calendar_bookings (id, kind, status, starts, ends, data, created, updated, follows)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        (id, kind, BOOKED, starts, ends, to_json(dict(data)), now(), now(), more.get("follows")),
    )
    found = find(tx, kind, id)
    assert found is not None  # noqa: S101 - inserted above
    return found


def find(tx: Transaction, kind: str, id: str) -> StoredBooking | None:
    row = tx.execute("SELECT * FROM calendar_bookings WHERE kind = ? AND id = ?", (kind, id)).fetchone()
    return None if row is None else as_booking(row)


def change(tx: Transaction, booking: StoredBooking, **columns: Any) -> StoredBooking:
    """Sets columns, merges `data`, increments the version and records the time of the update."""
    if "data" in columns:
        columns["data"] = to_json({**booking.data, **columns["data"]})
    # Column names come only from this package.
    names = ", ".join(f"{name} = ?" for name in columns)
    tx.execute(
        f"UPDATE calendar_bookings SET {names}, version = version + 1, updated = ? WHERE id = ?",  # noqa: S608
        (*columns.values(), now(), booking.id),
    )
    return find(tx, booking.kind, booking.id) or booking


def taken(tx: Transaction, kind: str, starts: float, ends: float, staff: str | None, *, besides: str = "") -> bool:
    """Returns whether the time overlaps a booking or hold of the same member of staff.

    Without `staff`, the bookings and holds of all staff are compared. `besides`: the id of a booking or hold to
    ignore.
    """
    rows = tx.execute(
        "SELECT * FROM calendar_bookings WHERE kind = ? AND status = 'booked' AND starts < ? AND ends > ?"
        " AND id <> ?",
        (kind, ends, starts, besides),
    ).fetchall()
    if any(not staff or as_booking(row).get("staff") in ("", staff) for row in rows):
        return True
    held = tx.execute(
        "SELECT 1 FROM calendar_holds WHERE kind = ? AND starts < ? AND ends > ? AND until > ? AND id <> ?",
        (kind, ends, starts, now(), besides),
    ).fetchone()
    return held is not None


def hold(tx: Transaction, kind: str, starts: float, ends: float, *, until: float, **more: Any) -> str:
    """Adds a hold. `more`: the hold's `id` and further data."""
    id = str(more.pop("id", None) or secrets.token_hex(8))
    tx.execute(
        "INSERT INTO calendar_holds (id, kind, starts, ends, until, data) VALUES (?,?,?,?,?,?)",
        (id, kind, starts, ends, until, to_json(more)),
    )
    return id


def release(tx: Transaction, kind: str, id: str) -> bool:
    return bool(tx.execute("DELETE FROM calendar_holds WHERE kind = ? AND id = ?", (kind, id)).rowcount)


def subscribe(tx: Transaction, kind: str, url: str, secret: str, **more: Any) -> str:
    """Registers a webhook address.

    An address that is registered twice still receives each webhook once. `more`: the `id` and further data.
    """
    id = str(more.pop("id", None) or secrets.token_hex(8))
    tx.execute(
        "INSERT INTO calendar_targets (id, kind, url, secret, data) VALUES (?,?,?,?,?) ON CONFLICT (kind, url)"
        " DO UPDATE SET secret = excluded.secret, id = excluded.id, data = excluded.data",
        (id, kind, url, secret, to_json(more)),
    )
    return id


def unsubscribe(tx: Transaction, kind: str, id: str) -> bool:
    return bool(tx.execute("DELETE FROM calendar_targets WHERE kind = ? AND id = ?", (kind, id)).rowcount)


def targets(tx: Transaction, kind: str) -> list[Row]:
    return tx.execute("SELECT * FROM calendar_targets WHERE kind = ? ORDER BY id", (kind,)).fetchall()
