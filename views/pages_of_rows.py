"""Reads lists page by page, newest first, ordered by a time and an id."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.keyset_pagination import PageKey


@dataclass(frozen=True, slots=True)
class RowPage:
    """The rows of one page. `last` is None if this is the last page."""

    rows: list[Row[Any]]
    last: PageKey | None


@dataclass(frozen=True, slots=True)
class NewestFirst:
    """Orders a list by the time `at` and then by `id`, both descending. The statement must select both columns."""

    at: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[Any]

    @property
    def name(self) -> str:
        """The column's name, for cursors."""
        return self.at.key

    def page(self, session: Session, statement: Select[Any], after: PageKey | None, limit: int) -> RowPage:
        """Returns at most `limit` rows of `statement` that follow the row `after`."""
        if after is not None:
            statement = statement.where(tuple_(self.at, self.id) < tuple_(after.at, after.id))
        statement = statement.order_by(self.at.desc(), self.id.desc()).limit(limit + 1)
        rows = list(session.execute(statement))
        if len(rows) <= limit:
            return RowPage(rows, None)
        last = rows[limit - 1]._mapping
        return RowPage(rows[:limit], PageKey(last[self.at.key], last[self.id.key]))
