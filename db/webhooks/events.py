"""Reads the events of a shop. Triggers write an event for each change."""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select, text, tuple_
from sqlalchemy.orm import Session

from db.models import Event
from db.sessions import Speaker

PREFIX = "evt_"
PUBLIC_ID = re.compile(r"evt_([0-9a-f]{32})", re.ASCII)

# Events are read up to the oldest transaction that is still running, because it may commit events that come before
# the events of later transactions.
OLDEST_RUNNING: ColumnElement[int] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


def public_id(event_id: UUID) -> str:
    """Returns the id in the format of the API and webhooks: evt_ and 32 hexadecimal digits."""
    return PREFIX + event_id.hex


def internal_id(shown: str) -> UUID | None:
    """Returns the id of the row, or None if `shown` is not the id of an event."""
    match = PUBLIC_ID.fullmatch(shown)
    return UUID(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A change. `data` contains ids, statuses, times (RFC 3339, UTC) and amounts (minor units)."""

    id: UUID
    type: str
    data: dict[str, Any]
    created_at: dt.datetime

    @property
    def as_json(self) -> dict[str, Any]:
        """The event in the format of the API and of webhooks."""
        return {
            "id": public_id(self.id),
            "type": self.type,
            "timestamp": self.created_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
            "data": self.data,
        }


class UnknownEventError(LookupError):
    """The shop has no such event, or it has been deleted."""


def page(
    session: Session, shop_id: UUID, *, after: UUID | None, types: Collection[str] = (), limit: int
) -> list[RecordedEvent]:
    """Returns the shop's events that follow the event `after`, in order. Raises UnknownEventError.

    Omits events before which a running transaction may still add events. A reader that continues after the last
    returned event therefore misses no event.
    """
    wanted = select(Event.id, Event.type, Event.data, Event.created_at).where(
        Event.shop_id == shop_id, Event.xid < OLDEST_RUNNING
    )
    if types:
        wanted = wanted.where(Event.type.in_(types))
    if after is not None:
        place = session.execute(
            select(Event.xid, Event.seq).where(Event.id == after, Event.shop_id == shop_id)
        ).one_or_none()
        if place is None:
            raise UnknownEventError(public_id(after))
        wanted = wanted.where(tuple_(Event.xid, Event.seq) > tuple_(place.xid, place.seq))
    rows = session.execute(wanted.order_by(Event.xid, Event.seq).limit(limit))
    return [RecordedEvent(*row) for row in rows]


def newest(session: Session, shop_id: UUID) -> UUID | None:
    """Returns the last event that `page` can return."""
    found: UUID | None = session.execute(
        select(Event.id)
        .where(Event.shop_id == shop_id, Event.xid < OLDEST_RUNNING)
        .order_by(Event.xid.desc(), Event.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


# Transaction numbers of another server are meaningless on this server. `seq` preserves the order of restored events.
AFTER_RESTORE = text("""
UPDATE events SET xid = 0 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
""")


def renumber_restored(session: Speaker) -> int:
    """Resets restored transaction numbers that exceed the transaction numbers of this server.

    Returns the number of changed events.
    """
    return int(session.execute(AFTER_RESTORE).rowcount)  # type: ignore[attr-defined]
