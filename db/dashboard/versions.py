"""Tells in one cheap statement whether a page that is open would look different now. Reads only.

Everything that is decided stands in the log; texts climb without it, and rows come from outside.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

OF_SHOP = text("""
SELECT concat_ws('.',
  (SELECT max(seq) FROM audit_logs WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM slot_openings WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM payments WHERE shop_id = :shop_id),
  (SELECT extract(epoch FROM max(created_at)) FROM notifications WHERE shop_id = :shop_id))
""")
OF_SLOT = text("""
SELECT concat_ws('.',
  (SELECT max(seq) FROM audit_logs WHERE slot_opening_id = :id AND shop_id = :shop_id),
  (SELECT extract(epoch FROM updated_at) FROM slot_openings WHERE id = :id AND shop_id = :shop_id),
  (SELECT extract(epoch FROM max(greatest(updated_at, created_at))) FROM messages
    WHERE slot_opening_id = :id AND shop_id = :shop_id),
  (SELECT string_agg(concat_ws(':', id, status, extract(epoch FROM expires_at)), ',' ORDER BY created_at, id)
     FROM slot_offers WHERE slot_opening_id = :id AND shop_id = :shop_id),
  (SELECT string_agg(concat_ws(':', a.id, a.status, extract(epoch FROM p.updated_at)), ','
                     ORDER BY a.created_at, p.id)
     FROM appointments a LEFT JOIN payments p ON p.appointment_id = a.id
    WHERE a.source_slot_opening_id = :id AND a.shop_id = :shop_id))
""")


def of_shop(session: Session, shop_id: UUID) -> str:
    """For lists and the overview."""
    return _version(session, OF_SHOP, shop_id)


def of_slot(session: Session, shop_id: UUID, slot_opening_id: UUID) -> str:
    """For the page of one recovery."""
    return _version(session, OF_SLOT, shop_id, id=slot_opening_id)


def _version(session: Session, statement: TextClause, shop_id: UUID, **more: UUID) -> str:
    found = str(session.execute(statement, {"shop_id": shop_id, **more}).scalar_one())
    return sha256(found.encode()).hexdigest()[:16]
