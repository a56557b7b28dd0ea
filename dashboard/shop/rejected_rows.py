"""Gives the rejected rows of an import back as a file without storing them: the page itself holds them, signed.

A form on the page posts them back within an hour, and the answer is the file. So nobody's data stays on the server
longer than the request, and the page needs no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies
from domain.customer_list.read_list import RejectedRow, with_reasons

LARGEST_FIELD = 8 * 1024 * 1024
"""Bytes of the form's field."""
MOST_CHARACTERS = 4 * 1024 * 1024
"""Of the rows; they are compressed, then written in base 64."""
AN_HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class Kept:
    """The value of the form's field, empty when there is nothing to give back, and how many rows it holds."""

    token: str
    rows: int


NOTHING = Kept("", 0)


def keep(heading: Sequence[str], rejected: Sequence[RejectedRow], shop_id: UUID) -> Kept:
    """As many of the rows as fit, each with its reason."""
    rows: list[list[str]] = []
    characters = 0
    for cells in with_reasons(heading, rejected):
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            break
        rows.append(cells)
    return Kept(str(_serializer(shop_id).dumps(rows)), len(rows) - 1) if len(rows) > 1 else NOTHING


def kept(token: str, shop_id: UUID) -> list[list[str]]:
    """The heading and the rows; empty for a token that isn't ours, isn't this shop's, or is too old."""
    try:
        rows: list[list[str]] = _serializer(shop_id).loads(token, max_age=AN_HOUR)
    except BadData:
        return []
    return rows


def _serializer(shop_id: UUID) -> URLSafeTimedSerializer:
    key = page_dependencies().settings.secret_key.get_secret_value()
    return URLSafeTimedSerializer(key, salt=f"rejected rows of {shop_id}")
