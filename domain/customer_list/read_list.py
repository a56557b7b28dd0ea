"""Reads a customer list, and yields an accepted or rejected row for each row that is not blank.

One of the first rows must contain the headings, with a column for the name and one for the phone number or e-mail
address. An opt-in requires the source of the consent. The output of `slots export customers` can be imported again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.customer_list.cells import Cell, cells_of, empty_cells, shown
from domain.customer_list.row_checks import COLUMNS, ParsedRow, RowProblem, parse_row, problem_of
from domain.customer_list.rows import Table, table_of
from domain.customer_list.workbook import UnreadableError

Row = TypeVar("Row")

LARGEST_FILE = 16 * 1024 * 1024
"""The maximum size of a file in bytes."""

MOST_LINES = 100_000
TOO_LARGE = "The file is larger than 16 MB. Split the list in two, or leave out columns that are not needed."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """An accepted row. `line` is the number of the row in the file, from 1. `phone` is E.164 or None.

    `opt_ins` and `consents` are keyed by columns of `customers`. An opt-in is None if its cell is blank. A consent
    has a source, a wording and a time.
    """

    line: int
    name: str
    phone: str | None
    email: str | None
    opt_ins: Mapping[str, bool | None]
    consents: Mapping[str, str | datetime | None]
    timezone: str | None
    locale: str | None

    @property
    def sms_opt_in(self) -> bool | None:
        """Whether the customer agreed to texts, or None if the cell is blank."""
        return self.opt_ins["sms_opt_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A rejected row and the reason.

    `column` is the heading of the invalid cell, and `found` the cell's text with phone numbers masked. If no single
    cell is invalid, `column` and `found` are empty. `cells` contains the cells as read.
    """

    line: int
    reason: str
    name: str = ""
    column: str = ""
    found: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListFile(Generic[Row]):
    """The rows of a file that are not blank, or the reason why the file can't be read (`problem`).

    `notes` state assumptions and columns that were not read. `heading` is the row of the headings. `lines` is an
    iterator, which can be consumed only once.
    """

    problem: str
    notes: tuple[str, ...]
    heading: tuple[str, ...]
    lines: Iterator[Row | RejectedRow]


def read_list(
    data: bytes, *, now: datetime, country: str | None = None, consent_source: str = ""
) -> ListFile[ImportedRow]:
    """Reads a CSV file or an Excel workbook.

    `country` (ISO 3166) applies to phone numbers without a country code, and `consent_source` to opt-ins in rows
    without a source. Rows with a consent date after `now` are rejected.
    """
    if len(data) > LARGEST_FILE:
        return ListFile(TOO_LARGE, (), (), iter(()))
    table = table_of(data)
    lines = each_row(table, MOST_LINES, _Reader(table, now, country, consent_source).read)
    return ListFile(table.problem, table.notes, table.heading, lines)


def with_reasons(heading: Sequence[str], rejected: Iterable[RejectedRow]) -> Iterator[list[str]]:
    """Yields the heading and the rejected rows with a column for the reason, for a file to correct and import."""
    yield [*heading, "reason"]
    for row in rejected:
        filled = [*row.cells, *[""] * (len(heading) - len(row.cells))]
        yield [*filled[: len(heading)], row.reason, *filled[len(heading) :]]


def each_row(
    table: Table, most: int, read: Callable[[int, list[str]], Row | RejectedRow]
) -> Iterator[Row | RejectedRow]:
    """Reads the rows that are not blank, at most `most` rows.

    If the file can't be read completely, the last rejected row states where reading stopped.
    """
    line = count = 0
    try:
        for line, cells in table.rows:
            if not any(cells):
                continue
            count += 1
            if count > most:
                yield RejectedRow(line=line, reason=f"A list can have {most:,} rows. The others were not read.")
                return
            yield read(line, cells)
    except UnreadableError as error:
        yield RejectedRow(line=line + 1, reason=f"The file can't be read after this row: {error}.")


class _Reader:
    """Reads the rows of a table. Rejects rows that repeat the phone number or e-mail address of an earlier row."""

    def __init__(self, table: Table, now: datetime, country: str | None, consent_source: str) -> None:
        self._table, self._now, self._country, self._consent_source = table, now, country, consent_source
        self._empty = empty_cells(table.columns)
        self._seen: dict[str, int] = {}

    def read(self, line: int, cells: list[str]) -> ImportedRow | RejectedRow:
        found = cells_of(self._table.columns, cells, self._empty)
        one = parse_row(found, country=self._country, consent_source=self._consent_source)
        wrong = problem_of(found, one, now=self._now) or self._repeated(line, one)
        cell = found[wrong[0]] if wrong and wrong[0] else Cell("", "")
        width = self._table.width
        if any(cells[width:]):
            wrong = (
                "",
                f"It has {len(cells)} cells for {width} columns. Put quotes around cells that contain the separator.",
            )
            cell = Cell("", "", next(filter(None, cells[width:])))
        if wrong is None:
            return accepted(line, one)
        name = shown(found["name"])
        row = (*cells[: len(self._table.heading)], *filter(None, cells[width:]))
        return RejectedRow(line=line, reason=wrong[1], name=name, column=cell.heading, found=shown(cell), cells=row)

    def _repeated(self, line: int, one: ParsedRow) -> RowProblem | None:
        field = "phone" if one.number.e164 else "email"
        email = str(one.email or "").casefold()
        before = self._seen.setdefault(one.number.line or email, line)
        what = "phone number" if one.number.e164 else "e-mail address"
        return None if before == line else (field, f"The {what} is already in row {before}.")


def accepted(line: int, one: ParsedRow) -> ImportedRow:
    """Converts valid parsed values to an accepted row."""
    values = {field: one.values[field] or None for field in COLUMNS}
    return ImportedRow(
        line=line,
        name=one.values["name"],
        phone=one.number.e164,
        email=values["email"],
        opt_ins=one.opt_ins,
        consents=one.consents,
        timezone=values["timezone"],
        locale=values["locale"],
    )
