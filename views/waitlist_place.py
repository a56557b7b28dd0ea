"""The place of one waiting-list entry among all entries for the same times. Read-only."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

# Customers with a higher priority or a longer wait are ahead if one slot could match both entries.
PLACE = text("""
SELECT count(DISTINCT e.customer_id) + 1
  FROM waitlist_entries m JOIN waitlist_entries e ON e.shop_id = m.shop_id AND e.status = 'active'
 WHERE m.id = :id AND m.shop_id = :shop_id AND m.status = 'active' AND e.customer_id <> m.customer_id
   AND (e.priority > m.priority
        OR e.priority = m.priority AND (e.created_at, e.customer_id) < (m.created_at, m.customer_id))
   AND (e.service_id = m.service_id OR e.service_id IS NULL OR m.service_id IS NULL)
   AND (e.performer_id = m.performer_id OR e.performer_id IS NULL OR m.performer_id IS NULL)
   AND coalesce(nullif(e.weekdays, '{}'), CAST(:all_days AS smallint[]))
       && coalesce(nullif(m.weekdays, '{}'), CAST(:all_days AS smallint[]))
   AND coalesce(e.time_from, '00:00') < coalesce(m.time_until, '24:00')
   AND coalesce(m.time_from, '00:00') < coalesce(e.time_until, '24:00')
   AND coalesce(e.date_from, '-infinity') <= coalesce(m.date_until, 'infinity')
   AND coalesce(m.date_from, '-infinity') <= coalesce(e.date_until, 'infinity')
""")
ALL_DAYS = "{1,2,3,4,5,6,7}"


def place_of(session: Session, shop_id: UUID, entry_id: UUID) -> int:
    """Returns the place of an active entry. The first place is 1."""
    values = {"id": entry_id, "shop_id": shop_id, "all_days": ALL_DAYS}
    return int(session.execute(PLACE, values).scalar_one())
