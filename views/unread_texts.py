"""How many texts of customers wait for a person to read them. Reads only."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST = 100

UNREAD = text("""
SELECT count(*) FROM (SELECT 1 FROM conversations WHERE shop_id = :shop_id AND unread > 0 LIMIT :most) unread
""")


def unread_texts(session: Session, shop_id: UUID) -> int:
    """The number of conversations with unread texts, at most MOST."""
    return int(session.execute(UNREAD, {"shop_id": shop_id, "most": MOST}).scalar_one())
