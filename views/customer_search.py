"""Finds customers by what somebody types: a part of a name, a phone number or a part of one, an id."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_PEOPLE = 500
FEWEST_DIGITS = 3

# One comparison a row, whatever is typed: no index knows the middle of a name, so that all of a shop's rows are read.
# Not ILIKE, which takes twice as long as this does.
BY_NAME = "lower(c.name) LIKE lower(:part)"
BY_PHONE = "(c.phone_e164 LIKE :digits OR c.phone LIKE :part OR c.phone_e164 = phone_line(:typed))"
BY_ID = "c.id = :key"
LETTER = re.compile(r"[^\W\d_]")


def ids_of(session: Session, shop_id: UUID, words: str) -> tuple[UUID, ...]:
    """Whom these words may mean, at most MOST_PEOPLE."""
    found, values = meant_by(words)
    return tuple(session.execute(text(found), values | {"shop_id": shop_id}).scalars())


def meant_by(words: str) -> tuple[str, dict[str, Any]]:
    """The question for the ids of whom these words may mean, and its values besides `shop_id`."""
    by, values = _by(words.replace("\0", "").strip()[:100])
    return f"SELECT c.id FROM customers c WHERE c.shop_id = :shop_id AND {by} LIMIT {MOST_PEOPLE}", values  # noqa: S608


def _by(words: str) -> tuple[str, dict[str, Any]]:
    if key := as_id(words):
        return BY_ID, {"key": key}
    part = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # As it is kept, a number has neither spaces nor the zero that stands for the country.
    digits = re.sub(r"\D", "", words).lstrip("0")
    if len(digits) >= FEWEST_DIGITS and not LETTER.search(words):
        return BY_PHONE, {"digits": f"%{digits}%", "part": f"%{part}%", "typed": words}
    return BY_NAME, {"part": f"%{part}%"}


def as_id(words: str) -> UUID | None:
    """The id, if these words are one."""
    try:
        return UUID(words)
    except ValueError:
        return None
