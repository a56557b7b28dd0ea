"""Keyset pagination by time and id. A periodic job keeps only one page in memory, and reads each row once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PageKey:
    """The position of the last row of a page, after which the next page begins."""

    at: datetime
    id: UUID


BEGINNING = PageKey(datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class ShopScope:
    """Restricts pages to shops in these time zones (as stored). If `zones` is None, pages contain all shops.

    Rows without a shop belong to UTC.
    """

    zones: tuple[str, ...] | None = None


EVERY_SHOP = ShopScope()


def joined_shop(table: str) -> str:
    """Returns a join with the time zone of the row's shop, as `shop`, for tables with many due rows.

    OFFSET prevents a hash join, for which Postgres would read and sort all due rows again for each page.
    """
    return f"LEFT JOIN LATERAL (SELECT timezone FROM shops WHERE id = {table}.shop_id OFFSET 0) shop ON true"  # noqa: S608 - constants


def page_of(select: str, *, at: str, id: str) -> TextClause:
    """Completes `select`, which has a WHERE clause and the alias `shop` for shops, so that it returns one page.

    `at` and `id` are the SQL columns by which pages are sorted.
    """
    return text(f"""
{select}
   AND (CAST(:zones AS text[]) IS NULL OR coalesce(shop.timezone, 'UTC') = ANY(CAST(:zones AS text[])))
   AND ({at}, {id}) > (:place_at, :place_id)
 ORDER BY {at}, {id} LIMIT :limit
""")


def values_of(scope: ShopScope, after: PageKey, limit: int) -> dict[str, Any]:
    """Returns the parameters common to all pages."""
    zones = None if scope.zones is None else list(scope.zones)
    return {"zones": zones, "place_at": after.at, "place_id": after.id, "limit": limit}


def rows(session: Session, page: TextClause, scope: ShopScope, after: PageKey, limit: int, **more: Any) -> list[Any]:
    """Reads one page. `more` are additional parameters of the statement."""
    return list(session.execute(page, values_of(scope, after, limit) | more))
