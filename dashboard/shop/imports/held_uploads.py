"""Keeps an uploaded file until its import, and keeps the rejected rows. The file and the rows expire after an hour.

The page contains them in signed form fields, so the server stores nothing and no script is needed.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.shop.access.session_access import signed_in
from dashboard.signing import signer
from domain.customer_list.read_list import LARGEST_FILE, RejectedRow, with_reasons

LARGEST_UPLOAD = LARGEST_FILE + 64 * 1024
"""The maximum size of a form with a file, in bytes."""
LARGEST_FIELD = 8 * 1024 * 1024
"""The largest form field, in bytes."""
MOST_CHARACTERS = 4 * 1024 * 1024
"""The maximum length of all rejected rows in characters, before compression and base64."""
LARGEST_HELD_FILE = 2 * 1024 * 1024
"""The maximum size of a kept file, in bytes. A larger file must be chosen again after the preview."""
AN_HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The value of a form field and the number of rows in it. The value is empty if no rows were rejected."""

    token: str
    rows: int


NO_ROWS = HeldRows("", 0)


def hold_rows(heading: Sequence[str], rejected: Sequence[RejectedRow]) -> HeldRows:
    """Signs as many rejected rows as fit, each with the reason for its rejection."""
    rows: list[list[str]] = []
    characters = 0
    for cells in with_reasons(heading, rejected):
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            break
        rows.append(cells)
    return HeldRows(str(_serializer("rejected rows").dumps(rows)), len(rows) - 1) if len(rows) > 1 else NO_ROWS


def held_rows(token: str) -> list[list[str]]:
    """Returns the heading and the rows, or an empty list if the token is invalid, expired or of another shop."""
    try:
        rows: list[list[str]] = _serializer("rejected rows").loads(token, max_age=AN_HOUR)
    except BadData:
        return []
    return rows


def hold_file(data: bytes) -> str:
    """Returns the value of the form field, or an empty string if the file is too large for a field."""
    if len(data) > LARGEST_HELD_FILE:
        return ""
    return str(_serializer("file").dumps(base64.b64encode(data).decode()))


def chosen_file() -> bytes | None:
    """Returns the uploaded file, or else the file kept in the page. Reads at most one byte more than LARGEST_FILE."""
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
