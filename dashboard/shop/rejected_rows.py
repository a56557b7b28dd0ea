"""Offers the rejected rows of an import as a file without storing them on the server.

The page holds them in a signed form field. Posting the form within an hour answers the file. Needs no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.signing import signer
from domain.customer_list.read_list import RejectedRow, with_reasons

LARGEST_FIELD = 8 * 1024 * 1024
"""The largest form field, in bytes."""
MOST_CHARACTERS = 4 * 1024 * 1024
"""The most characters of rows, before compression and base64."""
AN_HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class Kept:
    """The value of the form field and its number of rows; empty if there are no rejected rows."""

    token: str
    rows: int


NOTHING = Kept("", 0)


def keep(heading: Sequence[str], rejected: Sequence[RejectedRow], shop_id: UUID) -> Kept:
    """Signs as many rows as fit, each with its reason."""
    rows: list[list[str]] = []
    characters = 0
    for cells in with_reasons(heading, rejected):
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            break
        rows.append(cells)
    return Kept(str(_serializer(shop_id).dumps(rows)), len(rows) - 1) if len(rows) > 1 else NOTHING


def kept(token: str, shop_id: UUID) -> list[list[str]]:
    """The heading and the rows; empty for a token that is invalid, expired, or another shop's."""
    try:
        rows: list[list[str]] = _serializer(shop_id).loads(token, max_age=AN_HOUR)
    except BadData:
        return []
    return rows


def _serializer(shop_id: UUID) -> URLSafeTimedSerializer:
    return signer(f"rejected rows of {shop_id}")
