"""The list of a shop's recoveries, page by page, and the number in each state. Read-only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from db.sql import composed, read


class ListStatus(StrEnum):
    """The states in the list. They match the stages, except that slots filled by staff are not counted as lost."""

    LOOKING = "Looking"
    OFFERING = "Offering"
    HOLDING = "Holding"
    RECOVERED = "Recovered"
    LOST = "Lost"
    BY_HAND = "By hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryFilter:
    """The filter of the list. None means no restriction. Times are timezone-aware.

    `people` are customers who cancelled the slot's appointment, received an offer, or booked the slot. `since` and
    `before`, which are set together, limit the time of the slot's result in the statistics.
    """

    starts_from: dt.datetime | None = None
    starts_before: dt.datetime | None = None
    since: dt.datetime | None = None
    before: dt.datetime | None = None
    performer_id: UUID | None = None
    people: tuple[UUID, ...] | None = None
    standings: tuple[ListStatus, ...] | None = None


ORDERS: dict[str, str] = {
    # Active recoveries come first, ordered by start. All others follow, newest first.
    "open first": (
        "standing IN ('Recovered', 'Lost', 'By hand') OR starts_at <= (SELECT clock_timestamp()), "
        "CASE WHEN standing IN ('Recovered', 'Lost', 'By hand') THEN NULL ELSE starts_at END, created_at DESC, id"
    ),
    "newest": "created_at DESC, id",
    "by time": "starts_at, id",
}

# Determines the stage by the rules of `db/sql/overview.sql`, but with joins, for all slots of a shop.
FOUND = """
WITH found AS MATERIALIZED (
  SELECT s.id, s.starts_at, s.created_at,
         CASE WHEN booking.status = 'booked' THEN 'Recovered'
              WHEN booking.status = 'pending_payment' THEN 'Holding'
              WHEN s.status = 'expired' AND s.closed_as = 'sold_by_hand' THEN 'By hand'
              WHEN s.status = 'expired' THEN 'Lost'
              WHEN s.status = 'filled' THEN 'Recovered'
              WHEN offer.slot_opening_id IS NOT NULL THEN 'Offering'
              ELSE 'Looking' END AS standing
    FROM slot_openings s
    LEFT JOIN appointments booking ON booking.source_slot_opening_id = s.id AND booking.shop_id = s.shop_id
     AND booking.status IN ('pending_payment', 'booked')
    LEFT JOIN slot_offers offer ON offer.slot_opening_id = s.id AND offer.shop_id = s.shop_id
     AND offer.status IN ('pending', 'sent')
   WHERE s.shop_id = :shop_id {narrowed}
)
"""
OF_PEOPLE = """
AND s.id IN (
  SELECT o.slot_opening_id FROM slot_offers o WHERE o.shop_id = :shop_id AND o.customer_id = ANY(:people)
  UNION ALL
  SELECT a.source_slot_opening_id FROM appointments a
   WHERE a.shop_id = :shop_id AND a.customer_id = ANY(:people) AND a.source_slot_opening_id IS NOT NULL
  UNION ALL
  SELECT c.id FROM slot_openings c JOIN appointments a ON a.id = c.source_appointment_id
   WHERE c.shop_id = :shop_id AND a.customer_id = ANY(:people))
"""
NARROWED_BY: dict[str, str] = {
    "starts_from": "AND s.starts_at >= :starts_from",
    "starts_before": "AND s.starts_at < :starts_before",
    "since": f"AND s.id IN (SELECT id FROM ({read('slot_results.sql')}) result)",  # noqa: S608 - the text of the file
    "before": "",
    "performer_id": "AND s.performer_id = :performer_id",
    "people": OF_PEOPLE,
}
# Returns the counts and the ids in one pass over the shop's slots.
COUNTS_AND_IDS = """
SELECT (SELECT json_object_agg(standing, number)
          FROM (SELECT standing, count(*) AS number FROM found GROUP BY standing) each),
       ARRAY(SELECT id FROM found WHERE standing = ANY(:standings) ORDER BY {order} LIMIT :limit OFFSET :offset)
"""
IDS = "SELECT id FROM found WHERE standing = ANY(:standings) ORDER BY {order} LIMIT :limit OFFSET :offset"


def page(
    session: Session, shop_id: UUID, matching: RecoveryFilter, *, order: str, limit: int, offset: int = 0
) -> tuple[dict[ListStatus, int], list[UUID]]:
    """Returns the counts of all states, and the ids of a page of the selected states in one of ORDERS."""
    statement, values = _narrowed(matching, COUNTS_AND_IDS.format(order=ORDERS[order]))
    counts, found = session.execute(statement, values | _part(shop_id, matching, limit, offset)).one()
    return dict.fromkeys(ListStatus, 0) | {ListStatus(name): count for name, count in (counts or {}).items()}, found


def ids(session: Session, shop_id: UUID, matching: RecoveryFilter, *, order: str, limit: int) -> list[UUID]:
    """Returns the ids of the first recoveries in one of ORDERS."""
    statement, values = _narrowed(matching, IDS.format(order=ORDERS[order]))
    return list(session.execute(statement, values | _part(shop_id, matching, limit, 0)).scalars())


def _part(shop_id: UUID, matching: RecoveryFilter, limit: int, offset: int) -> dict[str, Any]:
    standings = [standing.value for standing in matching.standings or ListStatus]
    return {"shop_id": shop_id, "standings": standings, "limit": limit, "offset": offset}


def _narrowed(matching: RecoveryFilter, statement: str) -> tuple[TextClause, dict[str, Any]]:
    """Returns the statement without conditions that are not set, because Postgres would otherwise plan for them."""
    given = {name: value for name in NARROWED_BY if (value := getattr(matching, name)) is not None}
    narrowed = " ".join(NARROWED_BY[name] for name in given)
    if "people" in given:
        given["people"] = list(given["people"])
    return composed(FOUND.format(narrowed=narrowed) + statement), given


BOOKINGS = text("""
SELECT DISTINCT ON (source_slot_opening_id) source_slot_opening_id, id FROM appointments
 WHERE shop_id = :shop_id AND source_slot_opening_id = ANY(:ids)
   AND status IN ('pending_payment', 'booked', 'settled', 'voided')
 ORDER BY source_slot_opening_id, created_at DESC
""")


def bookings(session: Session, shop_id: UUID, slot_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Returns the booking of each slot that has been booked."""
    rows = session.execute(BOOKINGS, {"shop_id": shop_id, "ids": list(slot_ids)})
    return {row.source_slot_opening_id: row.id for row in rows}
