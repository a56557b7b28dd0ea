"""Staff notifications, read and unread."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class StaffNotification:
    """A notification. `read_at` is None until a member of staff has read it.

    The notification of a recovered slot has a customer, a time, and the amount paid in minor units of `currency`.
    """

    id: UUID
    kind: str
    text: str
    slot_opening_id: UUID | None
    appointment_id: UUID | None
    read_at: dt.datetime | None
    created_at: dt.datetime
    customer: str | None = None
    starts_at: dt.datetime | None = None
    service: str | None = None
    paid_cents: int = 0
    currency: str = ""


# A slot can be sold several times. Selects the newest booking at the time of the notification.
PAGE = text("""
SELECT n.id, n.kind, n.text, n.slot_opening_id, n.appointment_id, n.read_at, n.created_at,
       sale.customer, sale.starts_at, sale.service, coalesce(paid.cents, 0)::int, coalesce(paid.currency, '')
  FROM notifications n
  LEFT JOIN LATERAL (
    SELECT a.id, c.name AS customer, a.starts_at, a.service
      FROM appointments a JOIN customers c ON c.id = a.customer_id AND c.shop_id = a.shop_id
     WHERE n.kind = 'recovered' AND a.source_slot_opening_id = n.slot_opening_id AND a.shop_id = n.shop_id
       AND a.created_at <= n.created_at
     ORDER BY a.created_at DESC LIMIT 1) sale ON true
  LEFT JOIN LATERAL (
    SELECT sum(p.amount_cents) AS cents, max(p.currency) AS currency FROM payments p
     WHERE p.appointment_id = sale.id AND p.shop_id = n.shop_id AND p.succeeded_at IS NOT NULL) paid ON true
 WHERE n.shop_id = :shop_id AND n.customer_id IS NULL AND (:read OR n.read_at IS NULL)
 ORDER BY n.created_at DESC, n.id LIMIT :limit OFFSET :offset
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
    """Returns notifications, newest first."""
    values = {"shop_id": shop_id, "read": with_read, "limit": limit, "offset": offset}
    return [StaffNotification(*row) for row in session.execute(PAGE, values)]


def read_one(session: Session, shop_id: UUID, notice_id: UUID) -> None:
    """Marks a notification as read for all staff of the shop."""
    session.execute(READ_ONE, {"shop_id": shop_id, "id": notice_id})


def read_all(session: Session, shop_id: UUID, *, until: dt.datetime) -> None:
    """Marks all notifications created up to `until` as read. Later notifications stay unread."""
    session.execute(READ_ALL, {"shop_id": shop_id, "until": until})
