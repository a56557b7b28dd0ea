"""Deletes rows after their retention period. Rows to be kept permanently match no rule."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, Scope, page_of, rows


class RetainedTable(StrEnum):
    """The tables with a retention period."""

    NOTIFICATIONS = "notifications"
    OTP_CODES = "otp_codes"
    STAFF_SESSIONS = "staff_sessions"
    STAFF_INVITATIONS = "staff_invitations"
    AUDIT_LOGS = "audit_logs"
    WEBHOOK_EVENTS = "webhook_events"
    PENDING_TASKS = "pending_tasks"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Rows may be deleted a retention period after the column `since`, if the SQL condition `passing` holds."""

    since: str
    passing: str


RULES: dict[RetainedTable, RetentionRule] = {
    # Unread notifications and the records of messages to customers are kept.
    RetainedTable.NOTIFICATIONS: RetentionRule("created_at", "t.read_at IS NOT NULL"),
    RetainedTable.OTP_CODES: RetentionRule("expires_at", "true"),
    RetainedTable.STAFF_SESSIONS: RetentionRule("expires_at", "true"),
    RetainedTable.STAFF_INVITATIONS: RetentionRule("expires_at", "true"),
    # Must match the index audit_logs_passing_idx. Critical entries and those about money are kept permanently.
    RetainedTable.AUDIT_LOGS: RetentionRule(
        "created_at", "t.severity <> 'critical' AND t.event !~* 'payment|refund|deposit|dispute'"
    ),
    RetainedTable.WEBHOOK_EVENTS: RetentionRule("received_at", "t.handled_at IS NOT NULL"),
    RetainedTable.PENDING_TASKS: RetentionRule("settled_at", "t.settled_at IS NOT NULL"),
}
PAGES = {
    table: page_of(
        f"SELECT t.id, t.{rule.since} AS at FROM {table} t LEFT JOIN shops shop ON shop.id = t.shop_id"  # noqa: S608
        f" WHERE {rule.passing} AND t.{rule.since} < (SELECT clock_timestamp()) - make_interval(days => :days)",
        at=f"t.{rule.since}",
        id="t.id",
    )
    for table, rule in RULES.items()
}
# The condition is repeated, because a row may have changed since the page was read.
DELETES = {
    table: text(
        f"DELETE FROM {table} t WHERE t.id = ANY(:ids) AND {rule.passing}"  # noqa: S608
        f" AND t.{rule.since} < (SELECT clock_timestamp()) - make_interval(days => :days)"
    )
    for table, rule in RULES.items()
}
# A trigger refuses deletes from the audit log unless this setting is on in the transaction.
AS_CLEAN_UP = text("SELECT set_config('app.retention', 'on', true)")


@dataclass(frozen=True, slots=True)
class ExpiredRow:
    """A row to delete. `at`: the start of its retention period."""

    id: UUID
    at: datetime


def page(
    session: Session, table: RetainedTable, scope: Scope, after: PageKey, limit: int, *, days: int
) -> list[ExpiredRow]:
    """The oldest rows kept longer than `days`, starting after `after`."""
    return [ExpiredRow(*row) for row in rows(session, PAGES[table], scope, after, limit, days=days)]


def delete(session: Session, table: RetainedTable, ids: list[UUID], *, days: int) -> int:
    """Deletes those of these rows that are still expired. Returns their number."""
    if table is RetainedTable.AUDIT_LOGS:
        session.execute(AS_CLEAN_UP)
    return int(session.execute(DELETES[table], {"ids": ids, "days": days}).rowcount)  # type: ignore[attr-defined]
