"""Reads the history for the estimate of `domain.what_if`: a shop's offers, and the slots of a period."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import read
from domain.pace import Pace
from domain.statistics import Period, bounds
from domain.what_if import ShopHistory

# Returns the number of offers for each slot that was lost because its start was too near. Leaves out offers that were
# not delivered.
LOST = text(f"""
SELECT count(o.id)::int
  FROM ({read("slot_results.sql")}) slot
  JOIN slot_offers o ON o.slot_opening_id = slot.id AND o.status <> 'failed'
 WHERE slot.lost AND slot.closed_as = 'too_near' GROUP BY slot.id ORDER BY slot.id
""")  # noqa: S608 - the text of the file
# `closed` is the number of slots that the statistics of the period count as recovered or lost.
ANSWERED = text(f"""
SELECT answered.ended, answered.accepted,
       (SELECT count(*) FROM ({read("slot_results.sql")}) slot WHERE recovered OR lost) AS closed,
       (SELECT count(*) FROM (SELECT 1 FROM customers c
          WHERE c.shop_id = :shop_id AND c.sms_opt_in AND c.phone_e164 IS NOT NULL LIMIT 1000) texted) AS customers,
       shop.offer_window_minutes, shop.offer_window_least_minutes, shop.pace
  FROM shops shop CROSS JOIN (
    SELECT count(*) AS ended,
           count(*) FILTER (WHERE o.status = 'accepted' OR o.late_yes_at IS NOT NULL) AS accepted
      FROM (SELECT s.id FROM slot_openings s
             WHERE s.shop_id = :shop_id AND s.created_at > (SELECT clock_timestamp()) - interval '180 days'
             ORDER BY s.created_at DESC LIMIT :newest) s
      JOIN slot_offers o ON o.slot_opening_id = s.id
     WHERE o.status IN ('accepted', 'expired', 'declined') AND o.ended_as IS DISTINCT FROM 'staff') answered
 WHERE shop.id = :shop_id
""")  # noqa: S608 - the text of the file
NEWEST = 500
"""The maximum number of slots whose offers determine the acceptance rate. More slots would hardly change the rate."""


def history(session: Session, shop_id: UUID, period: Period, *, zone: str) -> ShopHistory | None:
    """Returns the history of this shop.

    Returns None if the shop's pace is adaptive, or if no slot was lost because its start was too near.
    """
    values = {"shop_id": shop_id, **bounds(period, zone)}
    asked_when_lost = list(session.execute(LOST, values).scalars())
    if not asked_when_lost:
        return None
    row = session.execute(ANSWERED, {**values, "newest": NEWEST}).one()
    if row.pace != Pace.FIXED:
        return None
    return ShopHistory(
        ended=row.ended,
        accepted=row.accepted,
        closed=row.closed,
        asked_when_lost=asked_when_lost,
        customers=row.customers,
        window_minutes=row.offer_window_minutes,
        least_minutes=row.offer_window_least_minutes,
    )
