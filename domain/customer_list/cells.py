"""The cells of one row that are read, by field, and how a report shows one of them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.customer_list.columns import HEADINGS, Columns

LONGEST_SHOWN = 60

_DIGIT_BEFORE_FOUR = re.compile(r"\d(?=(?:\D*\d){4})")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a field of a row, and under which heading. `ticks`: an x is a yes."""

    field: str
    heading: str
    text: str = ""
    ticks: bool = False


def empty_cells(columns: Columns) -> dict[str, Cell]:
    """Of every field, under the heading that its column has or would have."""
    headings = {field: some[0].heading for field, some in columns.of.items()}
    return {field: Cell(field, headings.get(field, field)) for field in HEADINGS}


def cells_of(columns: Columns, row: Sequence[str], empty: Mapping[str, Cell]) -> dict[str, Cell]:
    """Of every field the cell of its first column that is filled in this row, else that of `empty`."""
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
    """The cell in a report: on one line, short, of a phone number the last four digits."""
    text = cell.text[: 4 * LONGEST_SHOWN]
    text = " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
    if cell.field == "phone":
        text = _DIGIT_BEFORE_FOUR.sub("•", text[:LONGEST_SHOWN])
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


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
