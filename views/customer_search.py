"""Finds customers by part of a name, phone number or e-mail address, or by id."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import TextualSelect, column, text
from sqlalchemy.orm import Session

MOST_PEOPLE = 500
FEWEST_DIGITS = 3

# No index supports these searches, so all customers of a shop are read. ILIKE would take twice as long.
BY_NAME = "lower(c.name) LIKE lower(:part)"
BY_EMAIL = "lower(c.email) LIKE lower(:part)"
BY_PHONE = "(c.phone_e164 LIKE :digits OR c.phone LIKE :part OR c.phone_e164 = phone_line(:typed))"
BY_ID = "c.id = :key"
LETTER = re.compile(r"[^\W\d_]")


def ids_of(session: Session, shop_id: UUID, words: str) -> tuple[UUID, ...]:
    """Returns the ids of at most MOST_PEOPLE matching customers."""
    return tuple(session.execute(selected(shop_id, words)).scalars())


def selected(shop_id: UUID, words: str) -> TextualSelect:
    """Returns a statement that selects these ids, for use alone or in another statement."""
    found, values = meant_by(words)
    return text(found).bindparams(shop_id=shop_id, **values).columns(column("id"))


def meant_by(words: str) -> tuple[str, dict[str, Any]]:
    """Returns the SQL that selects the ids of matching customers, and its parameters except `shop_id`."""
    by, values = _by(words.replace("\0", "").strip()[:100])
    return f"SELECT c.id FROM customers c WHERE c.shop_id = :shop_id AND {by} LIMIT {MOST_PEOPLE}", values  # noqa: S608


def _by(words: str) -> tuple[str, dict[str, Any]]:
    if key := as_id(words):
        return BY_ID, {"key": key}
    part = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # Stored numbers have neither spaces nor the trunk zero.
    digits = re.sub(r"\D", "", words).lstrip("0")
    if len(digits) >= FEWEST_DIGITS and not LETTER.search(words):
        return BY_PHONE, {"digits": f"%{digits}%", "part": f"%{part}%", "typed": words}
    return BY_EMAIL if "@" in words else BY_NAME, {"part": f"%{part}%"}


def as_id(words: str) -> UUID | None:
    """Returns the id, or None if the words are not an id."""
    try:
        return UUID(words)
    except ValueError:
        return None
