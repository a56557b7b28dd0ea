"""Finds the e-mail alerts that must be sent to staff, one for each notification and address."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

ALARMING = ("needs_human", "provider_refuses", "dispute")
"""The kinds of notification that are also sent by e-mail."""


@dataclass(frozen=True, slots=True)
class StaffAlert:
    """A notification from the last day, and a member of staff to alert. `purpose_key` is the key of the e-mail."""

    shop_id: UUID
    staff_id: UUID
    text: str
    slot_opening_id: UUID | None
    shop: str
    email: str
    email_from: str | None
    created_at: dt.datetime
    purpose_key: str


# The key contains the address, so that members of staff with the same address get one e-mail. Earlier versions used
# the member's id instead.
UNSENT = text("""
SELECT DISTINCT ON (n.created_at, n.id, a.address)
       n.shop_id, p.id, n.text, n.slot_opening_id, shop.name, btrim(p.email), shop.email_from, n.created_at,
       k.purpose_key
  FROM notifications n
  JOIN shops shop ON shop.id = n.shop_id
  JOIN staff p ON p.shop_id = n.shop_id AND p.email_alerts AND p.email IS NOT NULL AND p.confirmed_at IS NOT NULL
       AND p.role IN ('owner', 'staff')
  CROSS JOIN LATERAL (SELECT lower(btrim(p.email)) AS address) a
  CROSS JOIN LATERAL (
    SELECT concat_ws(':', 'alert', n.id, encode(sha256(convert_to(a.address, 'UTF8')), 'hex')) AS purpose_key
  ) k
 WHERE n.shop_id = :shop_id AND n.customer_id IS NULL AND n.read_at IS NULL AND n.kind = ANY(:kinds)
   AND n.created_at > (SELECT clock_timestamp()) - interval '1 day'
   AND NOT EXISTS (
     SELECT 1 FROM messages m WHERE m.purpose_key IN (k.purpose_key, concat_ws(':', 'alert', n.id, p.id)))
 ORDER BY n.created_at, n.id, a.address, p.id LIMIT :limit
""")


def unsent(session: Session, shop_id: UUID, *, limit: int) -> list[StaffAlert]:
    """Returns the alerts for which no e-mail exists yet, one for each address.

    Skips notifications that have already been read.
    """
    rows = session.execute(UNSENT, {"shop_id": shop_id, "kinds": list(ALARMING), "limit": limit})
    return [StaffAlert(*row) for row in rows]
