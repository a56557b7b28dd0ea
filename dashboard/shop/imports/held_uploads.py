"""Keeps the file between preview and import, and the rejected rows, for an hour.

The page contains both in signed form fields, so that the server stores nothing. No script is needed.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.shop.access.session_access import signed_in
from dashboard.signing import signer
from domain.customer_list.read_list import LARGEST_FILE, RejectedRow, with_reasons

LARGEST_UPLOAD = LARGEST_FILE + 64 * 1024
"""The limits in bytes of the file and of the form around it."""
LARGEST_FIELD = 8 * 1024 * 1024
"""The largest form field, in bytes."""
MOST_CHARACTERS = 4 * 1024 * 1024
"""The maximum number of characters of rows, before compression and base64."""
LARGEST_HELD_FILE = 2 * 1024 * 1024
"""Bytes. A larger file must be chosen again after its preview."""
AN_HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The value of the form field and its number of rows; empty if there are no rejected rows."""

    token: str
    rows: int


NO_ROWS = HeldRows("", 0)


def hold_rows(heading: Sequence[str], rejected: Sequence[RejectedRow]) -> HeldRows:
    """Signs as many rows as fit, each with its reason."""
    rows: list[list[str]] = []
    characters = 0
    for cells in with_reasons(heading, rejected):
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            break
        rows.append(cells)
    return HeldRows(str(_serializer("rejected rows").dumps(rows)), len(rows) - 1) if len(rows) > 1 else NO_ROWS


def held_rows(token: str) -> list[list[str]]:
    """Returns the heading and the rows, which are empty for a token that is invalid, expired, or another shop's."""
    try:
        rows: list[list[str]] = _serializer("rejected rows").loads(token, max_age=AN_HOUR)
    except BadData:
        return []
    return rows


def hold_file(data: bytes) -> str:
    """Returns the value of the form field, or an empty string for a file that is too large for it."""
    if len(data) > LARGEST_HELD_FILE:
        return ""
    return str(_serializer("file").dumps(base64.b64encode(data).decode()))


def chosen_file() -> bytes | None:
    """Returns the file of the form, or the one stored in the page. One extra byte shows that it is too large."""
    if file := request.files.get("file"):
        data: bytes = file.read(LARGEST_FILE + 1)
        return data
    try:
        held = _serializer("file").loads(request.form.get("held_file", ""), max_age=AN_HOUR)
    except BadData:
        return None
    return base64.b64decode(str(held))


def _serializer(what: str) -> URLSafeTimedSerializer:
    return signer(f"{what} of {signed_in().shop.id}")
