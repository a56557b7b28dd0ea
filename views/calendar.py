"""The shop's calendar: appointments and offered slots between two times. Read-only."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """An appointment or an offered slot. Times are timezone-aware. `until` is the end of the live offer or hold."""

    kind: str
    """Either "appointment" or "slot"."""
    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: str
    performer_id: UUID | None
    customer: str
    service: str | None
    recovered: bool
    until: dt.datetime | None


# No entry lasts longer than seven days. This limit on starts_at lets Postgres use the index on (shop_id, starts_at).
ENTRIES = text("""
SELECT 'appointment' AS kind, a.id, a.starts_at, a.ends_at, a.status, a.performer_id, c.name AS customer,
       coalesce(a.service, service.name) AS service, a.source_slot_opening_id IS NOT NULL AS recovered,
       CASE WHEN a.status = 'pending_payment' THEN (
         SELECT p.expires_at FROM payments p
          WHERE p.appointment_id = a.id AND p.shop_id = a.shop_id AND p.kind = 'deposit'
          ORDER BY p.attempt DESC LIMIT 1) END AS until
  FROM appointments a
  JOIN customers c ON c.id = a.customer_id AND c.shop_id = a.shop_id
  LEFT JOIN services service ON service.id = a.service_id AND service.shop_id = a.shop_id
 WHERE a.shop_id = :shop_id AND a.starts_at > CAST(:first AS timestamptz) - interval '7 days'
   AND a.starts_at < :last AND a.ends_at > :first
UNION ALL
SELECT 'slot', s.id, s.starts_at, s.ends_at, 'offered', s.performer_id, coalesce(c.name, ''),
       coalesce(source.service, service.name), false, o.expires_at
  FROM slot_openings s
  LEFT JOIN appointments source ON source.id = s.source_appointment_id AND source.shop_id = s.shop_id
  LEFT JOIN services service ON service.id = s.service_id AND service.shop_id = s.shop_id
  LEFT JOIN slot_offers o ON o.slot_opening_id = s.id AND o.status IN ('pending', 'sent')
  LEFT JOIN customers c ON c.id = o.customer_id AND c.shop_id = s.shop_id
 WHERE s.shop_id = :shop_id AND s.status = 'open' AND s.starts_at > CAST(:first AS timestamptz) - interval '7 days'
   AND s.starts_at < :last AND s.ends_at > :first
   -- A hold is shown as its booking.
   AND NOT EXISTS (SELECT 1 FROM appointments held
                    WHERE held.source_slot_opening_id = s.id AND held.shop_id = s.shop_id
                      AND held.status = 'pending_payment')
 ORDER BY starts_at, ends_at, id LIMIT :limit
""")

MOST = 2000
"""The maximum number of entries on a page."""


def entries(session: Session, shop_id: UUID, *, first: dt.datetime, last: dt.datetime) -> list[CalendarEntry]:
    """Returns at most MOST entries between two timezone-aware times, ordered by start."""
    values = {"shop_id": shop_id, "first": first, "last": last, "limit": MOST}
    return [CalendarEntry(**row) for row in session.execute(ENTRIES, values).mappings()]


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """An active service. Amounts are in minor units of the shop's currency."""

    id: UUID
    name: str
    duration_minutes: int
    price_cents: int | None
    deposit_cents: int | None


SERVICES = text("""
SELECT id, name, duration_minutes, price_cents, deposit_cents FROM services
 WHERE shop_id = :shop_id AND active ORDER BY name, id LIMIT 200
""")


def services(session: Session, shop_id: UUID) -> list[ServiceChoice]:
    """The services that can be booked, ordered by name."""
    return [ServiceChoice(*row) for row in session.execute(SERVICES, {"shop_id": shop_id})]
