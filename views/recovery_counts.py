"""Counts of recoveries, money and replies for the overview. Read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import read
from domain.statistics import Day, Period, Share, Statistics, bounds
from domain.time_zones import zone_named

# The results are defined in db/sql/slot_results.sql. With OFFSET, Postgres computes `counted_at` once for each slot.
# Other statements have no OFFSET, because their conditions could then not limit the slots that are read.
RESULTS = read("slot_results.sql").replace("/* once */", "OFFSET 0")
SLOTS = f"""
WITH slot AS MATERIALIZED (
  SELECT result.id, (result.counted_at AT TIME ZONE :zone)::date AS day, result.booking_price, result.recovered,
         result.lost, result.by_hand, result.closed_as, result.source_price, result.performer_id,
         result.source_service, result.service_id, result.cancelled_at, result.recovered_at
    FROM ({RESULTS}) result
)
"""  # noqa: S608 - the text of the file
COUNTED = "counted AS NOT MATERIALIZED (SELECT * FROM slot WHERE day BETWEEN :counted_from AND :counted_until)"
OF_PERIOD = """
SELECT count(*) AS cancelled, count(*) FILTER (WHERE recovered) AS recovered,
       count(*) FILTER (WHERE lost) AS lost, count(*) FILTER (WHERE by_hand) AS by_hand,
       count(*) FILTER (WHERE NOT (recovered OR lost OR by_hand)) AS under_way,
       coalesce(sum(booking_price) FILTER (WHERE recovered), 0)::bigint AS money_recovered,
       coalesce(sum(source_price) FILTER (WHERE lost), 0)::bigint AS money_lost,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, date_part('epoch', recovered_at - cancelled_at)))
         FILTER (WHERE recovered) AS median_seconds,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY greatest(0, date_part('epoch', recovered_at - cancelled_at)))
         FILTER (WHERE recovered) AS slow_seconds,
       (SELECT count(*) FROM slot_offers o WHERE o.shop_id = :shop_id
           AND o.slot_opening_id = ANY(ARRAY(SELECT id FROM counted WHERE recovered))) AS offers
  FROM counted"""
# The slots are counted before the names are joined and the rows are sorted, because there are few performers and
# services. Percentiles are not among these columns, because they would sort the slots once for each grouping set.
BY_SHARE = """
SELECT CASE grouping(service) WHEN 0 THEN 'service' ELSE 'performer' END AS of,
       CASE grouping(service) WHEN 0 THEN service ELSE performer END AS name,
       sum(recovered)::bigint AS recovered, sum(lost)::bigint AS lost, sum(money)::bigint AS money
  FROM (SELECT each.*, performer.name AS performer, coalesce(source_service, service.name) AS service
          FROM (SELECT performer_id, source_service, service_id, count(*) FILTER (WHERE recovered) AS recovered,
                       count(*) FILTER (WHERE lost) AS lost,
                       coalesce(sum(booking_price) FILTER (WHERE recovered), 0) AS money
                  FROM counted WHERE recovered OR lost GROUP BY performer_id, source_service, service_id) each
          LEFT JOIN performers performer ON performer.id = performer_id
          LEFT JOIN services service ON service.id = service_id) shared
 GROUP BY GROUPING SETS ((service), (performer_id, performer))
 ORDER BY money DESC, recovered DESC, name"""
BY_DAY = """
SELECT day, count(*) FILTER (WHERE recovered) AS recovered, count(*) FILTER (WHERE lost) AS lost,
       count(*) FILTER (WHERE NOT (recovered OR lost)) AS other,
       coalesce(sum(booking_price) FILTER (WHERE recovered), 0)::bigint AS money
  FROM slot GROUP BY day ORDER BY day"""
# Returns the statistics of the period, the shares of its services and performers, and those of each day, from one
# pass over the slots.
COUNTS = text(f"""{SLOTS}, {COUNTED}
SELECT (SELECT row_to_json(figures) FROM ({OF_PERIOD}) figures),
       (SELECT json_agg(shares) FROM ({BY_SHARE}) shares),
       (SELECT json_agg(days) FROM ({BY_DAY}) days)
""")  # noqa: S608 - constants

BY_REASON = text(f"""{SLOTS}
SELECT closed_as, count(*) AS number FROM slot WHERE lost GROUP BY closed_as ORDER BY number DESC, closed_as
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


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """The statistics of a period, and the shares of services and performers, ordered by recovered amount."""

    statistics: Statistics
    services: list[Share]
    performers: list[Share]


def of_period(session: Session, shop_id: UUID, period: Period, *, zone: str) -> PeriodFigures:
    """Returns the statistics of the slots whose results fall into the period."""
    return with_days(session, shop_id, period, period, zone=zone)[0]


def with_days(
    session: Session, shop_id: UUID, period: Period, days: Period, *, zone: str
) -> tuple[PeriodFigures, list[Day]]:
    """Returns the statistics of `period`, and of each day in `days` that has slots. `days` includes the period."""
    values = _values(shop_id, days, zone) | {"counted_from": period.first, "counted_until": period.last}
    figures, shares, by_day = session.execute(COUNTS, values).one()
    found = PeriodFigures(Statistics(**figures), _shares("service", shares), _shares("performer", shares))
    return found, [Day(**one | {"day": date.fromisoformat(one["day"])}) for one in by_day or ()]


def _shares(of: str, rows: Sequence[Mapping[str, Any]] | None) -> list[Share]:
    values = ("name", "recovered", "lost", "money")
    return [Share(*(row[name] for name in values)) for row in rows or () if row["of"] == of]


def _values(shop_id: UUID, period: Period, zone: str) -> dict[str, Any]:
    return {"shop_id": shop_id, "zone": zone_named(zone).key, **bounds(period, zone)}


def lost_by_reason(session: Session, shop_id: UUID, period: Period, *, zone: str) -> dict[str | None, int]:
    """Returns the number of lost slots by the reason why the search ended (`closed_as`), most frequent first."""
    found = session.execute(BY_REASON, _values(shop_id, period, zone))
    return {row.closed_as: row.number for row in found}


def by_hour(session: Session, shop_id: UUID, *, zone: str) -> list[tuple[int, int, int]]:
    """Returns the numbers of YES and NO replies in the last thirty days, for each of the 24 hours."""
    rows = session.execute(BY_HOUR, {"shop_id": shop_id, "zone": zone_named(zone).key})
    found = {row.hour: (row.yes, row.no) for row in rows}
    return [(hour, *found.get(hour, (0, 0))) for hour in range(24)]
