"""The cells of one row that are read, by field, and how a report shows one of them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from domain.list_columns import HEADINGS, Column, Columns

LONGEST_SHOWN = 60

_DIGIT_BEFORE_FOUR = re.compile(r"\d(?=(?:\D*\d){4})")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a field of a row, and under which heading. `ticks`: an x is a yes."""

    field: str
    heading: str
    text: str = ""
    ticks: bool = False


def cells_of(columns: Columns, row: Sequence[str]) -> dict[str, Cell]:
    """Of every field one cell: the first of its columns that is filled, else an empty one."""
    found = {field: _filled(field, columns.of.get(field, ()), row) for field in HEADINGS}
    first, last = found.pop("first_name"), found.pop("last_name")
    return found | {"name": _whole_name(found["name"], first, last)}


def shown(cell: Cell) -> str:
    """The cell in a report: on one line, short, of a phone number the last four digits."""
    text = cell.text[: 4 * LONGEST_SHOWN]
    text = " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
    if cell.field == "phone":
        text = _DIGIT_BEFORE_FOUR.sub("•", text[:LONGEST_SHOWN])
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _filled(field: str, columns: Sequence[Column], row: Sequence[str]) -> Cell:
    cells = [Cell(field, one.heading, row[one.index], one.ticks) for one in columns if one.index < len(row)]
    empty = Cell(field, columns[0].heading if columns else field)
    return next((cell for cell in cells if cell.text), empty)


def _whole_name(name: Cell, first: Cell, last: Cell) -> Cell:
    """Beside "Vorname" or "Apellidos", the column "Name" or "Nombre" may hold the whole name, or its other half."""
    words = set(_words(name.text))
    if words.issuperset(_words(f"{first.text} {last.text}")):
        text = name.text
    elif first.text and last.text:
        text = f"{first.text} {last.text}"
    else:
        text = f"{first.text or name.text} {last.text or name.text}"
    heading = next((cell.heading for cell in (name, first, last) if cell.text), name.heading)
    return Cell("name", heading, " ".join(text.split()))


def _words(text: str) -> list[str]:
    return text.casefold().replace(",", " ").split()
