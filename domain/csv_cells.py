"""Converts text to CSV cells that spreadsheet programs do not evaluate as formulas, and back."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from domain.invisible_characters import without_invisible

FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Characters that start a formula (https://owasp.org/www-community/attacks/CSV_Injection).

Control characters can also start a formula, but are never written.
"""


class Writable(Protocol):
    """A text file open for writing."""

    def write(self, text: str, /) -> object: ...


def write_rows(file: Writable, rows: Iterable[Iterable[object]], *, line_end: str = "\r\n") -> int:
    """Writes the rows as CSV, with every cell quoted and made safe by `neutral`. Returns the number of rows."""
    writer, count = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator=line_end), 0
    for row in rows:
        writer.writerow(map(neutral, row))
        count += 1
    return count


def neutral(value: object) -> str:
    """Converts a value to text without control characters. Adds an apostrophe before a formula, and converts None to
    "".

    A formula after an apostrophe gets another one, so that `as_meant` restores it. Carriage returns are also removed,
    because some programs start a new row after one even within quotes.
    """
    text = "" if value is None else str(value)
    text = "".join(" " if _is_control(character) else character for character in text)
    return f"'{text}" if _is_computed(text.lstrip("'")) else text


def as_meant(cell: str) -> str:
    """Removes from a cell the surrounding spaces, invisible characters and the apostrophe that `neutral` adds."""
    text = without_invisible(cell).strip()
    return text[1:] if text[:1] == "'" and _is_computed(text.lstrip("'")) else text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _is_computed(text: str) -> bool:
    return text.lstrip().startswith(FORMULA_SIGNS)
