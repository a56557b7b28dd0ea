"""Counts of recoveries, money and replies for the overview. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.statistics import Day, Period, Statistics
from domain.time_zones import zone_named

# A slot counts on the day of its appointment, so that a figure matches the list behind it.
SLOTS = """
WITH slot AS MATERIALIZED (
  SELECT s.id, (s.starts_at AT TIME ZONE :zone)::date AS day, came.price_cents AS came_price,
         -- Amounts agreed in a former currency of the shop can't be added to those in the present one.
         CASE WHEN source.currency IS DISTINCT FROM shop.currency AND source.currency IS NOT NULL THEN 0
              ELSE coalesce(source.price_cents, source.deposit_cents, 0) END AS source_price,
         came.id IS NOT NULL AND came.status <> 'pending_payment' AS recovered,
         s.status = 'expired' AND s.closed_as IS DISTINCT FROM 'sold_by_hand' AND came.id IS NULL AS lost,
         s.status = 'expired' AND s.closed_as = 'sold_by_hand' AND came.id IS NULL AS by_hand,
         greatest(0, extract(epoch FROM coalesce(came.confirmed_at, came.created_at)
                                        - coalesce(source.cancelled_at, s.created_at))) AS seconds
    FROM slot_openings s
    JOIN shops shop ON shop.id = s.shop_id
    LEFT JOIN appointments source ON source.id = s.source_appointment_id AND source.shop_id = s.shop_id
    LEFT JOIN (
      SELECT DISTINCT ON (a.source_slot_opening_id) a.source_slot_opening_id, a.id, a.status, a.confirmed_at,
             a.created_at,
             CASE WHEN a.currency IS DISTINCT FROM own.currency AND a.currency IS NOT NULL THEN 0
                  ELSE coalesce(a.price_cents, a.deposit_cents, 0) END AS price_cents
        FROM appointments a JOIN shops own ON own.id = a.shop_id
       WHERE a.shop_id = :shop_id AND a.source_slot_opening_id IS NOT NULL AND a.status <> 'cancelled'
         AND a.starts_at >= CAST(:first AS date)::timestamp AT TIME ZONE :zone
         AND a.starts_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE :zone
       ORDER BY a.source_slot_opening_id, a.created_at DESC
    ) came ON came.source_slot_opening_id = s.id
   WHERE s.shop_id = :shop_id
     AND s.starts_at >= CAST(:first AS date)::timestamp AT TIME ZONE :zone
     AND s.starts_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE :zone
)
"""
OF_PERIODS = text(f"""{SLOTS}
SELECT period.name, count(*) AS cancelled, count(*) FILTER (WHERE recovered) AS recovered,
       count(*) FILTER (WHERE lost) AS lost, count(*) FILTER (WHERE by_hand) AS by_hand,
       count(*) FILTER (WHERE NOT (recovered OR lost OR by_hand)) AS under_way,
       coalesce(sum(came_price) FILTER (WHERE recovered), 0)::bigint AS money_recovered,
       coalesce(sum(source_price) FILTER (WHERE lost), 0)::bigint AS money_lost,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE recovered)
         AS median_seconds,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE recovered)
         AS slow_seconds,
       (SELECT count(*) FROM slot_offers o WHERE o.shop_id = :shop_id
           AND o.slot_opening_id = ANY(array_agg(slot.id) FILTER (WHERE recovered))) AS offers
  FROM unnest(CAST(:names AS text[]), CAST(:firsts AS date[]), CAST(:lasts AS date[])) AS period (name, first, last)
  JOIN slot ON slot.day BETWEEN period.first AND period.last
 GROUP BY period.name
""")  # noqa: S608 - constants
BY_DAY = text(f"""{SLOTS}
SELECT day, count(*) FILTER (WHERE recovered) AS recovered, count(*) FILTER (WHERE lost) AS lost,
       count(*) FILTER (WHERE NOT (recovered OR lost)) AS other
  FROM slot GROUP BY day ORDER BY day
""")  # noqa: S608 - constants
BY_HOUR = text("""
SELECT extract(hour FROM at AT TIME ZONE :zone)::int AS hour, count(*) FILTER (WHERE yes) AS yes,
       count(*) FILTER (WHERE NOT yes) AS no
  FROM (SELECT coalesce(o.accepted_at, o.ended_at) AS at, o.accepted_at IS NOT NULL AS yes FROM slot_offers o
         WHERE o.shop_id = :shop_id AND o.created_at > (SELECT clock_timestamp()) - interval '30 days'
           AND (o.accepted_at IS NOT NULL OR o.status = 'declined')
           AND coalesce(o.accepted_at, o.ended_at) IS NOT NULL
       ) answer
 GROUP BY hour ORDER BY hour
""")


def of_periods(session: Session, shop_id: UUID, requested: Sequence[Period], *, zone: str) -> dict[str, Statistics]:
    """The statistics by the period's name."""
    values = {
        "shop_id": shop_id,
        "zone": zone_named(zone).key,
        "first": min(period.first for period in requested),
        "last": max(period.last for period in requested),
        "names": [period.name for period in requested],
        "firsts": [period.first for period in requested],
        "lasts": [period.last for period in requested],
    }
    rows = session.execute(OF_PERIODS, values).mappings()
    found = {
        row["name"]: Statistics(**{name: value for name, value in row.items() if name != "name"}) for row in rows
    }
    return {period.name: found.get(period.name, Statistics()) for period in requested}


def by_day(session: Session, shop_id: UUID, period: Period, *, zone: str) -> list[Day]:
    """The days with at least one slot, in order."""
    values = {"shop_id": shop_id, "zone": zone_named(zone).key, "first": period.first, "last": period.last}
    return [Day(*row) for row in session.execute(BY_DAY, values)]


def by_hour(session: Session, shop_id: UUID, *, zone: str) -> list[tuple[int, int, int]]:
    """For each of the 24 hours: the hour and the numbers of YES and NO replies in the last thirty days."""
    rows = session.execute(BY_HOUR, {"shop_id": shop_id, "zone": zone_named(zone).key})
    found = {row.hour: (row.yes, row.no) for row in rows}
    return [(hour, *found.get(hour, (0, 0))) for hour in range(24)]
