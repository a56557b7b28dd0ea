"""Staff notifications, read and unread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class StaffNotification:
    """A notification. `read_at` is None until a member of staff has read it."""

    id: UUID
    kind: str
    text: str
    slot_opening_id: UUID | None
    appointment_id: UUID | None
    read_at: dt.datetime | None
    created_at: dt.datetime


PAGE = text("""
SELECT id, kind, text, slot_opening_id, appointment_id, read_at, created_at FROM notifications
 WHERE shop_id = :shop_id AND customer_id IS NULL AND (:read OR read_at IS NULL)
 ORDER BY created_at DESC, id LIMIT :limit OFFSET :offset
""")
READ_ONE = text("""
UPDATE notifications SET read_at = (SELECT clock_timestamp())
 WHERE shop_id = :shop_id AND customer_id IS NULL AND read_at IS NULL AND id = :id
""")
READ_ALL = text("""
UPDATE notifications SET read_at = (SELECT clock_timestamp())
 WHERE shop_id = :shop_id AND customer_id IS NULL AND read_at IS NULL AND created_at <= :until
""")


def page(session: Session, shop_id: UUID, *, with_read: bool, limit: int, offset: int) -> list[StaffNotification]:
    """Notifications, the newest first."""
    values = {"shop_id": shop_id, "read": with_read, "limit": limit, "offset": offset}
    return [StaffNotification(*row) for row in session.execute(PAGE, values)]


def read_one(session: Session, shop_id: UUID, notice_id: UUID) -> None:
    """Marks a notification as read for all staff of the shop."""
    session.execute(READ_ONE, {"shop_id": shop_id, "id": notice_id})


def read_all(session: Session, shop_id: UUID, *, until: dt.datetime) -> None:
    """Marks the notifications that the page has shown as read, not those that arrived since."""
    session.execute(READ_ALL, {"shop_id": shop_id, "until": until})
