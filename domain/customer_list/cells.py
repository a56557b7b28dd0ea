"""The cells of a row by field, and their text in a report."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.customer_list.columns import HEADINGS, Columns

LONGEST_SHOWN = 60

_DIGIT_BEFORE_FOUR = re.compile(r"\d(?=(?:\D*\d){4})")


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a field in a row, and the heading of its column. `ticks`: an x in this column means yes."""

    field: str
    heading: str
    text: str = ""
    ticks: bool = False


def empty_cells(columns: Columns) -> dict[str, Cell]:
    """Returns an empty cell for each field, with the heading of its column, or the field's name if the list lacks the
    column.
    """
    headings = {field: some[0].heading for field, some in columns.of.items()}
    return {field: Cell(field, headings.get(field, field)) for field in HEADINGS}


def cells_of(columns: Columns, row: Sequence[str], empty: Mapping[str, Cell]) -> dict[str, Cell]:
    """Returns for each field the first filled cell in its columns, or the cell in `empty` if none is filled."""
    found = dict(empty)
    for field, some in columns.of.items():
        for one in some:
            if one.index < len(row) and row[one.index]:
                found[field] = Cell(field, one.heading, row[one.index], one.ticks)
                break
    first, last = found.pop("first_name"), found.pop("last_name")
    if first.text or last.text:
        found["name"] = _whole_name(found["name"], first, last)
    return found


def shown(cell: Cell) -> str:
    """Returns the cell's text for a report: one line, shortened. Only the last four digits of a phone are shown."""
    text = cell.text[: 4 * LONGEST_SHOWN]
    text = " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
    if cell.field == "phone":
        text = _DIGIT_BEFORE_FOUR.sub("•", text[:LONGEST_SHOWN])
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _whole_name(name: Cell, first: Cell, last: Cell) -> Cell:
    """Returns the cell with the full name.

    In a list that also has the column "Vorname" or "Apellidos", the column "Name" or "Nombre" contains either the
    full name or the other part of the name.
    """
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
