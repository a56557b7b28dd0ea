"""The current state of a shop: offered slots, pending payments and alerts. Read-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages.staff_alerts import ALARMING
from views import recovery_list, recovery_overview
from views.recovery_list import ListStatus, RecoveryFilter
from views.recovery_overview import Overview
from views.staff_notifications import StaffNotification

UNDER_WAY = (ListStatus.LOOKING, ListStatus.OFFERING, ListStatus.HOLDING)
ALERTS = text("""
SELECT id, kind, text, slot_opening_id, appointment_id, read_at, created_at FROM notifications
 WHERE shop_id = :shop_id AND customer_id IS NULL AND read_at IS NULL AND kind = ANY(:kinds)
 ORDER BY created_at DESC, id LIMIT :limit
""")
MOST_ALERTS = 100


@dataclass(frozen=True, slots=True)
class ShopNow:
    """The current state of a shop.

    `recoveries` are the current recoveries, ordered by start. `counts` are the numbers of future slots by state.
    `alerts` are the unread alerts, newest first.
    """

    counts: dict[ListStatus, int]
    recoveries: list[Overview]
    alerts: list[StaffNotification]

    @property
    def under_way(self) -> int:
        """The number of slots that are being sold."""
        return sum(self.counts[status] for status in UNDER_WAY)


def shop_now(session: Session, shop_id: UUID, *, now: dt.datetime, limit: int) -> ShopNow:
    """Returns the state of the shop, with at most `limit` recoveries."""
    filters = RecoveryFilter(starts_from=now, standings=UNDER_WAY)
    counts, ids = recovery_list.page(session, shop_id, filters, order="by time", limit=limit)
    found = {one.slot_opening_id: one for one in recovery_overview.these(session, ids, shop_id=shop_id)}
    alerts = session.execute(ALERTS, {"shop_id": shop_id, "kinds": list(ALARMING), "limit": MOST_ALERTS})
    return ShopNow(
        counts,
        [found[id] for id in ids if id in found],
        [StaffNotification(*row) for row in alerts],
    )
