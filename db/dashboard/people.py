"""Finds customers by what somebody types: a part of a name, a phone number, an id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.phone import normalise

MOST_PEOPLE = 500

OF_PEOPLE = f"""
SELECT c.id FROM customers c
 WHERE c.shop_id = :shop_id
   AND (c.id = CAST(:key AS uuid) OR c.phone_e164 = :phone OR c.name ILIKE :like OR c.phone LIKE :like)
 LIMIT {MOST_PEOPLE}
"""  # noqa: S608 - constants


IDS = text(OF_PEOPLE)


def ids_of(session: Session, shop_id: UUID, words: str) -> tuple[UUID, ...]:
    """Whom these words may mean, at most MOST_PEOPLE."""
    return tuple(session.execute(IDS, people_values(words) | {"shop_id": shop_id}).scalars())


def people_values(words: str) -> dict[str, Any]:
    """For OF_PEOPLE, besides `shop_id`."""
    plain = words.replace("\0", "").strip()[:100]
    part = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"key": as_id(plain), "phone": normalise(plain), "like": f"%{part}%"}


def as_id(words: str) -> UUID | None:
    """The id, if these words are one."""
    try:
        return UUID(words)
    except ValueError:
        return None
