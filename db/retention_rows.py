"""Deletes rows whose retention period is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import partitions
from db.keyset_pagination import PageKey, ShopScope, joined_shop, page_of, rows


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A rule for deleting rows of `table`.

    A row is deleted if the time in its column `since` is older than the retention period and the SQL expression
    `condition` is true.
    """

    table: str
    since: str
    condition: str = "true"

    @property
    def expired(self) -> str:
        """The SQL condition of rows to delete. The table's alias is `t`, and the parameter `:days` is the period."""
        return f"{self.condition} AND t.{self.since} < (SELECT clock_timestamp()) - make_interval(days => :days)"


@dataclass(frozen=True, slots=True)
class ExpiredRow:
    """A row to delete. `at` is the time in the rule's column `since` (UTC)."""

    id: UUID
    at: datetime


# A trigger refuses to delete from `audit_logs` without this setting.
ALLOW_AUDIT_DELETE = text("SELECT set_config('app.retention', 'on', true)")


def page(
    session: Session, rule: RetentionRule, scope: ShopScope, after: PageKey, limit: int, *, days: int
) -> list[ExpiredRow]:
    """Returns one page of the rows that have been kept for more than `days` days, oldest first."""
    select = (
        f"SELECT t.id, t.{rule.since} AS at FROM {partitions.oldest_rows(rule.table)} t"  # noqa: S608 - constants
        f" {joined_shop('t')} WHERE {rule.expired}"
    )
    statement = page_of(select, at=f"t.{rule.since}", id="t.id")
    return [ExpiredRow(*row) for row in rows(session, statement, scope, after, limit, days=days)]


def delete(session: Session, rule: RetentionRule, ids: list[UUID], *, days: int) -> int:
    """Deletes the rows to which the rule still applies, and returns the number of deleted rows."""
    if rule.table == "audit_logs":
        session.execute(ALLOW_AUDIT_DELETE)
    statement = text(
        f"DELETE FROM {partitions.oldest_rows(rule.table)} t"  # noqa: S608 - constants
        f" WHERE t.id = ANY(:ids) AND {rule.expired}"
    )
    return int(session.execute(statement, {"ids": ids, "days": days}).rowcount)  # type: ignore[attr-defined]
