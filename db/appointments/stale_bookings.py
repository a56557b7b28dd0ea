"""Finds bookings whose deposit has been unpaid for too long."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, page_of, rows


@dataclass(frozen=True, slots=True)
class StaleBooking:
    """An unpaid booking. `at` is the time of its creation. Times are UTC."""

    id: UUID
    at: datetime
    starts_at: datetime


# Another job voids appointments that have ended. A recovery normally ends its hold much earlier. This job also
# releases a hold that was not ended.
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
    """Returns one page of the unpaid bookings that were created at least `hours` hours ago, oldest first."""
    return [StaleBooking(*row) for row in rows(session, STALE, scope, after, limit, hours=hours)]
