"""Reads a list of customers, a CSV file or an Excel workbook: each row is taken, or rejected with the reason.

One of the first rows names the columns (domain.customer_list.columns): a name, and a phone number or an e-mail address.
Nobody is opted in without saying where the consent came from. What `slots export customers` writes can be imported
again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.customer_list.cells import Cell, cells_of, empty_cells, shown
from domain.customer_list.row_checks import COLUMNS, Judged, Wrong, judged, problem_of
from domain.customer_list.rows import Table, table_of
from domain.customer_list.workbook import UnreadableError

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes."""

MOST_LINES = 100_000
TOO_LARGE = "The file is larger than 16 MB. Split the list in two, or leave out columns that are not needed."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """One customer of the list. `phone` is E.164 or None; `line` counts the rows from 1, the heading included.

    `sms_opt_in` is None where the list does not say.
    """

    line: int
    name: str
    phone: str | None
    email: str | None
    sms_opt_in: bool | None
    consent_source: str | None
    consent_wording: str | None
    consent_at: datetime | None
    timezone: str | None
    locale: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """Why a row was not taken: `column` is the heading of the cell that is wrong and `found` what stands in it, with
    phone numbers masked; both are empty when no single cell is to blame. `cells` is the row as it was read."""

    line: int
    reason: str
    name: str = ""
    column: str = ""
    found: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerList:
    """The rows that aren't blank, in order, or `problem`: why the file as a whole can't be taken.

    `notes` say what was assumed and what was left out; `heading` is the row that names the columns. `lines` can be
    gone through once.
    """

    problem: str
    notes: tuple[str, ...]
    heading: tuple[str, ...]
    lines: Iterator[ImportedRow | RejectedRow]


def read_list(data: bytes, *, now: datetime, country: str | None = None, consent_source: str = "") -> CustomerList:
    """`country` (GB, DE ...) is taken for numbers without a country code, `consent_source` for opt-ins of rows that
    name none. Nobody can have agreed after `now`."""
    if len(data) > LARGEST_FILE:
        return CustomerList(TOO_LARGE, (), (), iter(()))
    table = table_of(data)
    return CustomerList(
        table.problem, table.notes, table.heading, _Reader(table, now, country, consent_source).lines()
    )


def with_reasons(heading: Sequence[str], rejected: Iterable[RejectedRow]) -> Iterator[list[str]]:
    """The rejected rows under their heading, the reason in a column of its own: to be corrected and read again."""
    yield [*heading, "reason"]
    for row in rejected:
        filled = [*row.cells, *[""] * (len(heading) - len(row.cells))]
        yield [*filled[: len(heading)], row.reason, *filled[len(heading) :]]


class _Reader:
    """Remembers the numbers and addresses of earlier rows: everybody is taken once."""

    def __init__(self, table: Table, now: datetime, country: str | None, consent_source: str) -> None:
        self._table, self._now, self._country, self._consent_source = table, now, country, consent_source
        self._empty = empty_cells(table.columns)
        self._seen: dict[str, int] = {}

    def lines(self) -> Iterator[ImportedRow | RejectedRow]:
        line = count = 0
        try:
            for line, cells in self._table.rows:
                if not any(cells):
                    continue
                count += 1
                if count > MOST_LINES:
                    yield RejectedRow(
                        line=line, reason=f"A list may have {MOST_LINES:,} rows; the rest was not read."
                    )
                    return
                yield self._line(line, cells)
        except UnreadableError as error:
            yield RejectedRow(line=line + 1, reason=f"The file can't be read from here on: {error}.")

    def _line(self, line: int, cells: list[str]) -> ImportedRow | RejectedRow:
        found = cells_of(self._table.columns, cells, self._empty)
        one = judged(found, country=self._country, consent_source=self._consent_source)
        wrong = problem_of(found, one, now=self._now) or self._repeated(line, one)
        cell = found[wrong[0]] if wrong and wrong[0] else Cell("", "")
        width = self._table.width
        if any(cells[width:]):
            wrong = (
                "",
                f"It has {len(cells)} cells for {width} columns. A cell with a separator in it needs quotes.",
            )
            cell = Cell("", "", next(filter(None, cells[width:])))
        if wrong is None:
            return _brought(line, one)
        name = shown(found["name"])
        row = (*cells[: len(self._table.heading)], *filter(None, cells[width:]))
        return RejectedRow(line=line, reason=wrong[1], name=name, column=cell.heading, found=shown(cell), cells=row)

    def _repeated(self, line: int, one: Judged) -> Wrong | None:
        field = "phone" if one.number.e164 else "email"
        email = str(one.email or "").casefold()
        before = self._seen.setdefault(one.number.line or email, line)
        what = "phone number" if one.number.e164 else "e-mail address"
        return None if before == line else (field, f"The {what} is already on line {before}.")


def _brought(line: int, one: Judged) -> ImportedRow:
    values = {field: one.values[field] or None for field in COLUMNS}
    return ImportedRow(
        line=line,
        name=one.values["name"],
        phone=one.number.e164,
        email=values["email"],
        sms_opt_in=one.opted_in,
        consent_source=values["consent_source"],
        consent_wording=values["consent_wording"],
        consent_at=one.agreed_at,
        timezone=values["timezone"],
        locale=values["locale"],
    )
