"""Reads columns of a list that do not describe the customer, such as dates and times."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, time

from domain.customer_list.rows import Table

_NOT_READ = "Columns that were not read: "
_NOT_WORDS = re.compile(r"[\W_]+")
EARLIEST_YEAR, LATEST_YEAR = 2000, 2999
"""Other years are typing errors. The first and the last year of the calendar can't be converted to UTC."""
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def places_of(heading: Sequence[str], headings: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Returns the position of the first column of each field. `headings` are compared as in customer lists."""
    field_of = {name: field for field, names in headings.items() for name in names}
    found: dict[str, int] = {}
    for index, cell in enumerate(heading):
        if field := field_of.get(_plain(cell)):
            found.setdefault(field, index)
    return found


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_NOT_WORDS.sub(" ", "".join(c for c in bare if not unicodedata.combining(c))).split())


def notes_of(table: Table, places: Mapping[str, int]) -> tuple[str, ...]:
    """Returns the notes about the table, without reporting columns in `places` as unread."""
    read = {table.heading[index] for index in places.values()}
    left = [f"“{heading}”" for heading in table.columns.not_read if heading not in read]
    notes = [note for note in table.notes if not note.startswith(_NOT_READ)]
    return (*notes, f"{_NOT_READ}{', '.join(left)}.") if left else tuple(notes)


class WrongCellError(Exception):
    """A cell is invalid. Contains the field of the cell and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def date_in(field: str, text: str) -> date:
    """Parses a date with the year first, or with the day first and separated by dots.

    Other formats are refused, because dates such as 01/02/2026 are ambiguous.
    """
    if day_first := _DAY_FIRST.fullmatch(text):
        text = f"{day_first[3]}-{day_first[2]:0>2}-{day_first[1]:0>2}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise WrongCellError(field, "It must be a date like 2026-01-31 or 31.01.2026.")
    return day


_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?\s*(am|pm)?", re.IGNORECASE)


def time_in(field: str, text: str) -> time:
    """Parses a time with a 24-hour or 12-hour clock, with or without seconds."""
    match = _TIME.fullmatch(text)
    hour = int(match[1]) if match else 24
    if match and match[5]:
        hour = hour % 12 + (12 if match[5].casefold() == "pm" else 0) if 1 <= hour <= 12 else 24
    if match is None or hour > 23 or int(match[2]) > 59:
        raise WrongCellError(field, "It must be a time like 14:30.")
    return time(hour, int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))
