"""Prints data as aligned tables for people or as JSON for programs. Masks phone numbers by default."""

import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

import click

from domain.phones.e164 import mask

Row = Sequence[str]

PHONE = re.compile(r"\+[1-9][0-9]{6,14}(?![0-9])")
# These values are never shown, because they give access to a payment or a booking.
SECRET_NAMES = frozenset({"client_secret", "pay_token", "manage_token"})

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, with times in UTC.")
full_phones_option = click.option("--full-phones", is_flag=True, help="Show full phone numbers.")


def coloured() -> bool:
    """Whether stdout is a terminal and NO_COLOR is not set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, colour: str | None = None, **style: Any) -> str:
    """Returns the text in this colour if stdout shows colours."""
    return click.style(text, fg=colour, **style) if coloured() else text


def print_json(value: Any, *, full_phones: bool = False) -> None:
    """Prints a value, a dataclass, or a list of these. Masks phone numbers unless `full_phones` is set."""
    click.echo(json.dumps(plain(value, full_phones=full_phones), ensure_ascii=False, indent=2))


def print_each_as_json(rows: Iterable[Mapping[str, Any]]) -> int:
    """Prints a JSON array row by row, with full phone numbers. Returns the number of rows."""
    count = 0
    for count, row in enumerate(rows, 1):
        line = json.dumps(plain(row, full_phones=True), ensure_ascii=False)
        click.echo(("[" if count == 1 else ",") + "\n" + line, nl=False)
    click.echo("\n]" if count else "[]")
    return count


def plain(value: Any, *, full_phones: bool) -> Any:
    """Returns the value, converted to JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _named(str(name), part, full_phones) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, full_phones=full_phones) for part in value]
    for kind, convert in CONVERTERS.items():
        if isinstance(value, kind):
            return convert(value)
    return value if full_phones or not isinstance(value, str) else without_phones(value)


CONVERTERS: Mapping[type, Callable[[Any], Any]] = {
    UUID: str,
    datetime: lambda moment: moment.astimezone(UTC).isoformat(),
    date: date.isoformat,
    time: time.isoformat,
    Enum: lambda word: word.value,
}


def _named(name: str, value: Any, full_phones: bool) -> Any:
    if name in SECRET_NAMES:
        return "…"
    if name == "phone" and isinstance(value, str):
        return value if full_phones else mask(value)
    return plain(value, full_phones=full_phones)


def without_phones(text: str) -> str:
    """Returns the text with every phone number masked."""
    return PHONE.sub(lambda number: mask(number[0]), text)


def phone_shown(phone: str | None, *, full_phones: bool) -> str:
    """Returns the number, masked by default, or an empty string if there is none."""
    return (phone if full_phones else mask(phone)) if phone else ""


def print_table(headings: Row, rows: Iterable[Row]) -> None:
    """Prints a table with each column as wide as its longest cell."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        text = "  ".join(cells).rstrip()
        click.echo(text if number else paint(text, dim=True))


def local(moment: datetime, zone: tzinfo, *, pattern: str = "%a %d %b %H:%M") -> str:
    """Returns the moment, formatted in this time zone."""
    return moment.astimezone(zone).strftime(pattern)


def minute(moment: datetime | None) -> str:
    """Formats the time like 2026-11-29 09:30, in the time zone of the value. None becomes an empty string."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def ago(seconds: float) -> str:
    """Returns a rough duration: "3 s", "4 min", "2 h" or "5 days"."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
