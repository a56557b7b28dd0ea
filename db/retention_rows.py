"""Deletes rows whose retention period is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import partitions
from db.keyset_pagination import PageKey, ShopScope, page_of, rows


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Rows of `table` may be deleted if the time in the column `since` is longer ago than the retention period, and
    the SQL `condition` is true.
    """

    table: str
    since: str
    condition: str = "true"

    @property
    def expired(self) -> str:
        """The condition in SQL, with the table as `t` and the period as `:days`."""
        return f"{self.condition} AND t.{self.since} < (SELECT clock_timestamp()) - make_interval(days => :days)"


@dataclass(frozen=True, slots=True)
class ExpiredRow:
    """A row that may be deleted; `at` is its time by the rule, in UTC."""

    id: UUID
    at: datetime


# audit_logs refuses every DELETE except in a transaction with this setting.
ALLOW_AUDIT_DELETE = text("SELECT set_config('app.retention', 'on', true)")


def page(
    session: Session, rule: RetentionRule, scope: ShopScope, after: PageKey, limit: int, *, days: int
) -> list[ExpiredRow]:
    """Returns the oldest rows that have been kept for more than `days` days, starting after the key `after`."""
    select = (
        f"SELECT t.id, t.{rule.since} AS at FROM {partitions.oldest_rows(rule.table)} t"  # noqa: S608 - constants
        f" LEFT JOIN shops shop ON shop.id = t.shop_id WHERE {rule.expired}"
    )
    statement = page_of(select, at=f"t.{rule.since}", id="t.id")
    return [ExpiredRow(*row) for row in rows(session, statement, scope, after, limit, days=days)]


def delete(session: Session, rule: RetentionRule, ids: list[UUID], *, days: int) -> int:
    """Deletes those of the rows to which the rule still applies, and returns how many it deleted."""
    if rule.table == "audit_logs":
        session.execute(ALLOW_AUDIT_DELETE)
    statement = text(
        f"DELETE FROM {partitions.oldest_rows(rule.table)} t"  # noqa: S608 - constants
        f" WHERE t.id = ANY(:ids) AND {rule.expired}"
    )
    return int(session.execute(statement, {"ids": ids, "days": days}).rowcount)  # type: ignore[attr-defined]
