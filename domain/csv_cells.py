"""Converts text to CSV cells that no spreadsheet program evaluates as a formula, and back."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from domain.invisible_characters import without_invisible

FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Characters that start a formula: https://owasp.org/www-community/attacks/CSV_Injection.

Control characters can start one too; they are never written.
"""


class Writable(Protocol):
    """A text file open for writing."""

    def write(self, text: str, /) -> object: ...


def write_rows(file: Writable, rows: Iterable[Iterable[object]], *, line_end: str = "\r\n") -> int:
    """Writes CSV with every cell quoted and neutralised. Returns the number of rows."""
    writer, count = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator=line_end), 0
    for row in rows:
        writer.writerow(map(neutral, row))
        count += 1
    return count


def neutral(value: object) -> str:
    """The cell as text without control characters, with an apostrophe before a formula. None becomes "".

    Carriage returns are also removed, because some programs start a new row at one even within quotes.
    """
    text = "" if value is None else str(value)
    text = "".join(" " if _is_control(character) else character for character in text)
    return f"'{text}" if _is_computed(text) else text


def as_meant(cell: str) -> str:
    """The cell without surrounding spaces, invisible characters and the apostrophe added by `neutral`."""
    text = without_invisible(cell).strip()
    return text[1:] if text[:1] == "'" and _is_computed(text[1:]) else text


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _is_computed(text: str) -> bool:
    return text.lstrip().startswith(FORMULA_SIGNS)
