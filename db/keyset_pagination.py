"""Keyset pagination by time and id for periodic jobs: a run reads one page at a time and no row twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PageKey:
    """The sort key of the last row of a page."""

    at: datetime
    id: UUID


BEGINNING = PageKey(datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Scope:
    """The shops whose rows are read: those in these time zones (as typed), or all with None.

    Rows without a shop count as UTC.
    """

    zones: tuple[str, ...] | None = None


EVERY_SHOP = Scope()


def page_of(select: str, *, at: str, id: str) -> TextClause:
    """A statement that returns one page of `select`, which must end in a WHERE clause and join shops as `shop`.

    `at` and `id` are the SQL columns that pages are sorted by.
    """
    return text(f"""
{select}
   AND (CAST(:zones AS text[]) IS NULL OR coalesce(shop.timezone, 'UTC') = ANY(CAST(:zones AS text[])))
   AND ({at}, {id}) > (:place_at, :place_id)
 ORDER BY {at}, {id} LIMIT :limit
""")


def values_of(scope: Scope, after: PageKey, limit: int) -> dict[str, Any]:
    """The parameters of a page statement."""
    zones = None if scope.zones is None else list(scope.zones)
    return {"zones": zones, "place_at": after.at, "place_id": after.id, "limit": limit}


def rows(session: Session, page: TextClause, scope: Scope, after: PageKey, limit: int, **more: Any) -> list[Any]:
    """The rows of one page."""
    return list(session.execute(page, values_of(scope, after, limit) | more))
