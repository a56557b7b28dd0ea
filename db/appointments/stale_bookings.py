"""Finds bookings whose deposit has been unpaid for too long."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, page_of, rows


@dataclass(frozen=True, slots=True)
class StaleBooking:
    """An unpaid booking. `at`: when it was created. Times are UTC."""

    id: UUID
    at: datetime
    starts_at: datetime


# Ended appointments are voided by the job that records outcomes. The hold of a recovery has a much shorter window.
# A leftover hold is released here as well.
STALE = page_of(
    """
SELECT a.id, a.created_at AS at, a.starts_at
  FROM appointments a JOIN shops shop ON shop.id = a.shop_id
 WHERE a.status = 'pending_payment' AND a.starts_at > (SELECT clock_timestamp())
   AND a.created_at <= (SELECT clock_timestamp()) - make_interval(hours => :hours)
   AND NOT EXISTS (SELECT 1 FROM payments p
                    WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                      AND p.status IN ('succeeded', 'disputed'))""",
    at="a.created_at",
    id="a.id",
)


def page(session: Session, scope: ShopScope, after: PageKey, limit: int, *, hours: int) -> list[StaleBooking]:
    """Returns unpaid bookings created at least `hours` ago, oldest first."""
    return [StaleBooking(*row) for row in rows(session, STALE, scope, after, limit, hours=hours)]
