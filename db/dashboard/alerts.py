"""Whom to write to when something needs a human: one e-mail for each notification and each who wants them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

ALARMING = ("needs_human", "provider_refuses", "dispute")
"""Kinds of notifications that nobody may miss."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A notification of the last day, and somebody who is to be told of it by e-mail."""

    notification_id: UUID
    shop_id: UUID
    staff_id: UUID
    text: str
    slot_opening_id: UUID | None
    shop: str
    email: str
    email_from: str | None
    created_at: dt.datetime


UNTOLD = text("""
SELECT n.id, n.shop_id, p.id, n.text, n.slot_opening_id, shop.name, p.email, shop.email_from, n.created_at
  FROM notifications n
  JOIN shops shop ON shop.id = n.shop_id
  JOIN staff p ON p.shop_id = n.shop_id AND p.email_alerts AND p.email IS NOT NULL AND p.confirmed_at IS NOT NULL
       AND p.role IN ('owner', 'staff')
 WHERE n.shop_id = :shop_id AND n.customer_id IS NULL AND n.read_at IS NULL AND n.kind = ANY(:kinds)
   AND n.created_at > (SELECT clock_timestamp()) - interval '1 day'
   AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.purpose_key = concat_ws(':', 'alert', n.id, p.id))
 ORDER BY n.created_at, p.id LIMIT :limit
""")


def untold(session: Session, shop_id: UUID, *, limit: int) -> list[Alert]:
    """Those for which no e-mail is written yet; what somebody has read needs none."""
    rows = session.execute(UNTOLD, {"shop_id": shop_id, "kinds": list(ALARMING), "limit": limit})
    return [Alert(*row) for row in rows]
