"""Bookings that have waited too long for their deposit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, Scope, page_of, rows


@dataclass(frozen=True, slots=True)
class StaleBooking:
    """`at`: when it was booked. Times UTC."""

    id: UUID
    at: datetime
    starts_at: datetime


# One that is over is for the outcomes. The window of a recovery's hold is far shorter; what is left of one is let go
# here as well.
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


def page(session: Session, scope: Scope, after: PageKey, limit: int, *, hours: int) -> list[StaleBooking]:
    """Those booked `hours` ago or longer, the oldest first."""
    return [StaleBooking(*row) for row in rows(session, STALE, scope, after, limit, hours=hours)]
