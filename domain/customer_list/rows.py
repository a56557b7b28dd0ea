"""Reads the rows of a list from CSV text or an Excel workbook."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from domain.csv_cells import as_meant
from domain.customer_list.columns import Columns, columns_of
from domain.customer_list.encodings import decoded
from domain.customer_list.workbook import UnreadableError, Workbook, is_workbook, look_alike

HEADING_WITHIN = 20
"""The heading row must be among this many first rows. A title, a date or blank lines may precede it."""

Row = tuple[int, list[str]]
"""The number of the row in the file, from 1, and its cells without surrounding spaces."""

_SEPARATORS = ",;\t|"
_START = 64 * 1024
# Matches Excel's declaration of the separator, which is not a row of the list.
_SEP_LINE = re.compile(r"\s*\"?sep=(.)\"?[\"; ,\t]*(?:\r\n|\r|\n|$)", re.IGNORECASE)

NO_HEADING = (
    f"No heading row was found in the first {HEADING_WITHIN} rows. Add one, with a column for the name, and one for "
    "the phone number or e-mail address. "
)
EMPTY = "The file is empty."


@dataclass(frozen=True, slots=True)
class Table:
    """A list, or the reason why it can't be read (`problem`).

    `rows` are the rows below the heading, including blank rows. `width` is the number of columns, including those
    without a heading.
    """

    problem: str = ""
    notes: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    columns: Columns = field(default_factory=lambda: columns_of(()))
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))
    width: int = 0


def table_of(data: bytes) -> Table:
    """Returns the list in a file. Iterating over its rows can raise UnreadableError."""
    if not data.strip(b"\0\r\n\t ,;\xef\xbb\xbf\xff\xfe"):
        return Table(EMPTY)
    if is_workbook(data):
        return _of_workbook(data)
    if problem := look_alike(data):
        return Table(problem)
    read = decoded(data)
    return Table(read.problem) if read.problem else _of_text(read.text, read.note)


def _of_workbook(data: bytes) -> Table:
    book = Workbook(data)
    if book.problem:
        return Table(book.problem)
    tables = {name: _below_heading(_counted(rows), ()) for name, rows in book.sheets()}
    name = max(tables, key=lambda name: tables[name].columns.known)
    best = tables[name]
    if len(tables) < 2 or best.problem:
        return best
    return replace(best, notes=(*best.notes, f"Only the sheet “{name}” was read."))


def _of_text(text: str, note: str) -> Table:
    notes = (note,) if note else ()
    if separator := _SEP_LINE.match(text):
        above = separator[0].count("\n") or 1
        return _below_heading(_csv(text[separator.end() :], separator[1], above), notes)
    return _below_heading(_csv(text, _separator(text)), notes)


def _separator(text: str) -> str:
    """Returns the separator that yields the most known columns, or the most frequent of several such separators."""
    start = text[:_START]
    return max(_SEPARATORS, key=lambda sign: (_below_heading(_csv(start, sign), ()).columns.known, start.count(sign)))


def _csv(text: str, separator: str, above: int = 0) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t")
    try:
        yield from _counted(reader, above)
    except csv.Error as error:
        raise UnreadableError(str(error)) from None


def _counted(rows: Iterator[Sequence[str]], above: int = 0) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1 + above):
        yield number, [as_meant(cell) for cell in cells]


def _below_heading(rows: Iterator[Row], notes: tuple[str, ...]) -> Table:
    """Finds the heading row among the first rows, and returns the table below it."""
    first: list[str] = []
    try:
        for _, cells in islice(rows, HEADING_WITHIN):
            columns = columns_of(cells)
            if columns.usable:
                return _under(cells, columns, rows, notes)
            first = first or [cell for cell in cells if cell]
    except UnreadableError as error:
        return Table(f"The file can't be read: {error}.")
    return Table(NO_HEADING + (f"The file begins with: {', '.join(first)[:200]}." if first else ""))


def _under(cells: list[str], columns: Columns, rows: Iterator[Row], notes: tuple[str, ...]) -> Table:
    if columns.repeated:
        return Table(f"The column “{columns.repeated[0]}” repeats another one. Remove one of them.")
    if columns.not_read:
        named = ", ".join(f"“{heading}”" for heading in columns.not_read)
        notes = (*notes, f"Columns that were not read: {named}.")
    end = max(index for index, cell in enumerate(cells, 1) if cell)
    return Table("", notes, tuple(cells[:end]), columns, rows, len(cells))
