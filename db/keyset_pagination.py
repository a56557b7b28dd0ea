"""Pages of what a job has to do, by time and id: a run holds one at a time and sees nothing twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page ends and the next one begins."""

    at: datetime
    id: UUID


BEGINNING = PageKey(datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows: those of shops in these time zones (as typed), or with None everybody's.

    What belongs to no shop counts as UTC.
    """

    zones: tuple[str, ...] | None = None


EVERY_SHOP = Scope()


def page_of(select: str, *, at: str, id: str) -> TextClause:
    """`select` (up to its WHERE, which must be there; shops as `shop`) as a statement that answers one page.

    `at` and `id` are the SQL columns that a page is ordered by.
    """
    return text(f"""
{select}
   AND (CAST(:zones AS text[]) IS NULL OR coalesce(shop.timezone, 'UTC') = ANY(CAST(:zones AS text[])))
   AND ({at}, {id}) > (:place_at, :place_id)
 ORDER BY {at}, {id} LIMIT :limit
""")


def values_of(scope: Scope, after: PageKey, limit: int) -> dict[str, Any]:
    """The parameters that every page has."""
    zones = None if scope.zones is None else list(scope.zones)
    return {"zones": zones, "place_at": after.at, "place_id": after.id, "limit": limit}


def rows(session: Session, page: TextClause, scope: Scope, after: PageKey, limit: int, **more: Any) -> list[Any]:
    """One page."""
    return list(session.execute(page, values_of(scope, after, limit) | more))
