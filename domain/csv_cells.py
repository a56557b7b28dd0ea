"""Cells of spreadsheets: written so that no program takes them for a formula, read as they were written."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Protocol

FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet begins to compute at, besides control characters, which are not written at all:
https://owasp.org/www-community/attacks/CSV_Injection"""


class Written(Protocol):
    """A file, as far as a table needs one."""

    def write(self, text: str, /) -> object: ...


def write_rows(file: Written, rows: Iterable[Iterable[object]], *, line_end: str = "\r\n") -> int:
    """Writes CSV with every cell quoted and neutral; returns the number of rows."""
    writer, count = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator=line_end), 0
    for row in rows:
        writer.writerow(map(neutral, row))
        count += 1
    return count


def neutral(value: object) -> str:
    """The cell as text without control characters; an apostrophe before what would be computed. None is empty.

    Some programs begin a new row at a carriage return alone, in quotes or not, so it can't stand in a cell.
    """
    text = "" if value is None else str(value)
    text = "".join(" " if _is_control(character) else character for character in text)
    return f"'{text}" if _is_computed(text) else text


def as_meant(cell: str) -> str:
    """The cell without the spaces around it and without the apostrophe that `neutral` puts before it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and _is_computed(text[1:]) else text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _is_computed(text: str) -> bool:
    return text.lstrip().startswith(FORMULA_SIGNS)
