"""Reads lists whose rows contain a customer and other data, such as an appointment."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from domain.customer_list.cells import Cell, cells_of, empty_cells, shown
from domain.customer_list.more_columns import WrongCellError
from domain.customer_list.read_list import RejectedRow
from domain.customer_list.row_checks import ParsedRow, parse_row, problem_of
from domain.customer_list.rows import Table

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A row with a valid customer. `texts` contains the other fields as typed, and `cells` all cells as read."""

    line: int
    person: ParsedRow
    texts: Mapping[str, str]
    cells: tuple[str, ...]


class PersonReader(Generic[Row]):
    """Checks the customer's columns of a row, then calls `build` with the columns at `places`.

    `build` raises WrongCellError for an invalid cell. The customer's fields in `left_out` are not read.
    """

    def __init__(
        self,
        table: Table,
        places: Mapping[str, int],
        build: Callable[[PersonRow], Row],
        *,
        now: datetime,
        country: str | None,
        consent_source: str = "",
        left_out: Iterable[str] = (),
    ) -> None:
        self._table, self._places, self._build = table, places, build
        self._now, self._country, self._consent_source = now, country, consent_source
        self._empty = empty_cells(table.columns)
        self._left_out = {name: self._empty[name] for name in left_out}

    def read(self, line: int, cells: list[str]) -> Row | RejectedRow:
        """Returns the row that `build` creates from these cells, or a rejected row with the reason."""
        found = cells_of(self._table.columns, cells, self._empty) | self._left_out
        person = parse_row(found, country=self._country, consent_source=self._consent_source)
        row, width = tuple(cells[: len(self._table.heading)]), self._table.width
        rejected = partial(RejectedRow, line=line, name=shown(found["name"]), cells=row)
        if any(cells[width:]):
            reason = (
                f"It has {len(cells)} cells for {width} columns. Put quotes around cells that contain the separator."
            )
            return rejected(reason=reason)
        if wrong := problem_of(found, person, now=self._now):
            cell = found[wrong[0]] if wrong[0] else Cell("", "")
            return rejected(reason=wrong[1], column=cell.heading, found=shown(cell))
        texts = {field: cells[index] if index < len(cells) else "" for field, index in self._places.items()}
        try:
            return self._build(PersonRow(line=line, person=person, texts=texts, cells=row))
        except WrongCellError as error:
            heading = self._table.heading[self._places[error.field]] if error.field in self._places else ""
            cell = Cell(error.field, heading, texts.get(error.field, ""))
            return rejected(reason=error.reason, column=heading, found=shown(cell))
