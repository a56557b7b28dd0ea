"""Versions of pages. One cheap statement reads a version, which shows whether an open page is outdated. Read-only.

A version depends on the audit log, which records decisions, and on message statuses and rows inserted from outside,
which the audit log does not record.
"""

from collections.abc import Collection
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

OF_SHOP = text("""
SELECT concat_ws('.',
  (SELECT max(seq) FROM audit_logs WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM slot_openings WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM payments WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM notifications WHERE shop_id = :shop_id))
""")
OF_SLOTS = text("""
SELECT s.id, concat_ws('.', extract(epoch FROM s.updated_at),
  (SELECT max(seq) FROM audit_logs WHERE slot_opening_id = s.id AND shop_id = :shop_id),
  (SELECT extract(epoch FROM max(greatest(updated_at, created_at))) FROM messages
    WHERE slot_opening_id = s.id AND shop_id = :shop_id),
  (SELECT string_agg(concat_ws(':', o.id, o.status, extract(epoch FROM o.expires_at)), ','
                     ORDER BY o.created_at, o.id)
     FROM slot_offers o WHERE o.slot_opening_id = s.id AND o.shop_id = :shop_id),
  (SELECT string_agg(concat_ws(':', a.id, a.status, extract(epoch FROM p.updated_at)), ','
                     ORDER BY a.created_at, p.id)
     FROM appointments a LEFT JOIN payments p ON p.appointment_id = a.id
    WHERE a.source_slot_opening_id = s.id AND a.shop_id = :shop_id)) AS version
  FROM slot_openings s WHERE s.id = ANY(:ids) AND s.shop_id = :shop_id
""")


def of_shop(session: Session, shop_id: UUID) -> str:
    """The version of the lists and the overview."""
    return _short(session.execute(OF_SHOP, {"shop_id": shop_id}).scalar_one())


def of_slot(session: Session, shop_id: UUID, slot_opening_id: UUID) -> str:
    """The version of a recovery's page. Empty if this shop has no such slot."""
    return of_slots(session, shop_id, [slot_opening_id]).get(slot_opening_id, "")


def of_slots(session: Session, shop_id: UUID, slot_opening_ids: Collection[UUID]) -> dict[UUID, str]:
    """The versions of the pages of several recoveries. Leaves out recoveries of other shops."""
    rows = session.execute(OF_SLOTS, {"shop_id": shop_id, "ids": list(slot_opening_ids)})
    return {row.id: _short(row.version) for row in rows}


def _short(version: str) -> str:
    return sha256(version.encode()).hexdigest()[:16]
