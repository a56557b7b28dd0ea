"""Reads the entries of a waiting list: a customer list that also has columns for the wishes.

Times and days are in the shop's time zone. A person can have several rows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from domain.customer_list.more_columns import WrongCellError, date_in, notes_of, places_of, time_in
from domain.customer_list.person_reader import PersonReader, PersonRow
from domain.customer_list.read_list import LARGEST_FILE, TOO_LARGE, ImportedRow, ListFile, accepted, each_row
from domain.customer_list.rows import table_of
from domain.wishes import (
    LONGEST_NOTE,
    MOST_NOTICE_HOURS,
    MOST_PRIORITY,
    WEEKDAYS,
    WISH_FIELDS,
    WishKind,
    contradictions,
)

MOST_ROWS = 10_000

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "service": ("service", "services", "treatment", "appointment type", "dienstleistung", "servicio"),
    "performer": ("with", "staff", "performer", "team member", "stylist", "provider"),
    "weekdays": ("weekdays", "days", "day", "wochentage", "tage", "dias", "jours"),
    **{field.name: field.headings for field in WISH_FIELDS},
    "priority": ("priority",),
    "priority_reason": ("priority reason", "reason for the priority"),
    "note": ("note", "notes", "notiz", "nota"),
    "status": ("status",),
}
"""The headings of each wish. They are compared like the headings of customer lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistRow:
    """An accepted row. `wishes` are columns of an entry. `service` and `performer` are names as typed."""

    person: ImportedRow
    service: str
    performer: str
    wishes: Mapping[str, Any]
    cells: tuple[str, ...]


def read_waitlist(
    data: bytes, *, now: datetime, country: str | None, consent_source: str = ""
) -> ListFile[WaitlistRow]:
    """Reads a CSV file or an Excel workbook. `now` is in the shop's time zone, because a last day that is over is
    rejected. For `country` and `consent_source`, see `read_list`.
    """
    if len(data) > LARGEST_FILE:
        return ListFile(TOO_LARGE, (), (), iter(()))
    table = table_of(data)
    places = places_of(table.heading, HEADINGS)
    build = partial(_build, today=now.date())
    reader = PersonReader(table, places, build, now=now, country=country, consent_source=consent_source)
    return ListFile(table.problem, notes_of(table, places), table.heading, each_row(table, MOST_ROWS, reader.read))


def _build(row: PersonRow, *, today: date) -> WaitlistRow:
    return WaitlistRow(
        person=accepted(row.line, row.person),
        service=row.texts.get("service", ""),
        performer=row.texts.get("performer", ""),
        wishes=wishes_in(row.texts, today=today),
        cells=row.cells,
    )


def wishes_in(texts: Mapping[str, str], *, today: date) -> dict[str, Any]:
    """Converts the filled fields to columns of an entry. Raises WrongCellError.

    `today` is in the shop's time zone.
    """
    if (status := texts.get("status") or "active") != "active":
        raise WrongCellError("status", f"This entry has ended: {status}.")
    read = {
        COLUMN_OF.get(name, name): reader(name, texts[name]) for name, reader in READERS.items() if texts.get(name)
    }
    found = {column: value for column, value in read.items() if value}
    for wrong in contradictions(found, today=today):
        raise WrongCellError(*wrong)
    return found


_HOURS = re.compile(r"[0-9]{1,6}([.,][0-9]{1,6})?")


def _weekdays(field: str, text: str) -> list[int] | None:
    """Converts English names of weekdays, or numbers from 1 (Monday), to ISO weekdays.

    The first two letters of a name suffice. Returns None if the text means every day.
    """
    days = set()
    for word in re.split(r"[\s,;/+&]+", text.strip().casefold()):
        matching = [
            number for number, name in enumerate(WEEKDAYS, 1) if len(word) > 1 and name.casefold().startswith(word)
        ]
        if re.fullmatch("[1-7]", word):
            matching = [int(word)]
        if not matching:
            raise WrongCellError(field, "It must be days like “Monday, Wednesday” or “Mon Wed”.")
        days.update(matching)
    return sorted(days) if len(days) < len(WEEKDAYS) else None


def _text(field: str, text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise WrongCellError(field, f"It is too long: at most {LONGEST_NOTE} characters.")
    return text


def _number(most: int) -> Callable[[str, str], int]:
    def read(field: str, text: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", text) or int(text) > most:
            raise WrongCellError(field, f"It must be a whole number from 0 to {most}.")
        return int(text)

    return read


def _hours(field: str, text: str) -> int:
    """Converts hours, with a decimal point or comma, to minutes."""
    if not _HOURS.fullmatch(text) or (hours := float(text.replace(",", "."))) > MOST_NOTICE_HOURS:
        raise WrongCellError(field, f"It must be a number of hours from 0 to {MOST_NOTICE_HOURS}.")
    return round(60 * hours)


OF_KIND: Mapping[WishKind, Callable[[str, str], Any]] = {
    WishKind.TIME: time_in,
    WishKind.DATE: date_in,
    WishKind.HOURS: _hours,
}
COLUMN_OF = {field.name: field.column for field in WISH_FIELDS}
READERS: Mapping[str, Callable[[str, str], Any]] = {
    "weekdays": _weekdays,
    **{field.name: OF_KIND[field.kind] for field in WISH_FIELDS},
    "priority": _number(MOST_PRIORITY),
    **dict.fromkeys(("priority_reason", "note"), _text),
}
