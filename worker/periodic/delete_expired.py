"""Deletes what has been kept long enough."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.orm import Session

from db import retention_rows
from db.keyset_pagination import PageKey, Scope
from db.retention_rows import ExpiredRow, RetainedTable
from settings.retention_periods import RetentionSettings
from worker.dependencies import Dependencies
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import CLEAN_UP
from worker.task_run import TaskRun

KEPT_DAYS: dict[RetainedTable, Callable[[RetentionSettings], int]] = {
    RetainedTable.NOTIFICATIONS: lambda kept: kept.keep_notifications_days,
    RetainedTable.OTP_CODES: lambda kept: kept.keep_one_time_codes_days,
    RetainedTable.STAFF_SESSIONS: lambda kept: kept.keep_sessions_days,
    RetainedTable.STAFF_INVITATIONS: lambda kept: kept.keep_one_time_codes_days,
    RetainedTable.AUDIT_LOGS: lambda kept: kept.keep_audit_days,
    RetainedTable.WEBHOOK_EVENTS: lambda kept: kept.keep_webhook_events_days,
    RetainedTable.PENDING_TASKS: lambda kept: kept.keep_tasks_days,
}


def _page(
    table: RetainedTable, session: Session, kept: RetentionSettings, scope: Scope, after: PageKey, limit: int
) -> list[ExpiredRow]:
    return retention_rows.page(session, table, scope, after, limit, days=KEPT_DAYS[table](kept))


def _delete(table: RetainedTable, job: TaskRun, old: Sequence[ExpiredRow]) -> int:
    days = KEPT_DAYS[table](job.dependencies.settings.retention)
    with job.transaction() as session:
        return retention_rows.delete(session, table, [row.id for row in old], days=days)


def _says(table: RetainedTable, _: Dependencies, row: ExpiredRow) -> str:
    return f"delete one of {table}, of {row.at:%Y-%m-%d}"


def _deleting(name: str, table: RetainedTable, setting: str, what: str) -> BatchJob:
    return BatchJob(
        name=name,
        what=what,
        setting=setting,
        counts="deleted_count",
        page=partial(_page, table),
        do=partial(_delete, table),
        says=partial(_says, table),
        pace=CLEAN_UP,
        at_once=500,
    )


OLD_NOTIFICATIONS = _deleting(
    "cleanup_old_notifications",
    RetainedTable.NOTIFICATIONS,
    "KEEP_NOTIFICATIONS_DAYS",
    "Deletes notifications that were read; what nobody has read, and what customers were told, stays.",
)
EXPIRED_CODES = _deleting(
    "cleanup_expired_otps",
    RetainedTable.OTP_CODES,
    "KEEP_ONE_TIME_CODES_DAYS",
    "Deletes sign-in codes that have expired.",
)
ENDED_SESSIONS = _deleting(
    "cleanup_ended_sessions",
    RetainedTable.STAFF_SESSIONS,
    "KEEP_SESSIONS_DAYS",
    "Deletes the staff's sessions that have ended.",
)
EXPIRED_INVITATIONS = _deleting(
    "cleanup_expired_invitations",
    RetainedTable.STAFF_INVITATIONS,
    "KEEP_ONE_TIME_CODES_DAYS",
    "Deletes invitations of staff that have expired, used or not.",
)
OLD_AUDIT_LOGS = _deleting(
    "cleanup_old_audit_logs",
    RetainedTable.AUDIT_LOGS,
    "KEEP_AUDIT_DAYS",
    "Deletes old entries of the log, but for critical ones and those about money.",
)
WEBHOOK_EVENTS = _deleting(
    "cleanup_webhook_events",
    RetainedTable.WEBHOOK_EVENTS,
    "KEEP_WEBHOOK_EVENTS_DAYS",
    "Deletes webhooks that have been handled.",
)
SETTLED_TASKS = _deleting(
    "cleanup_settled_tasks",
    RetainedTable.PENDING_TASKS,
    "KEEP_TASKS_DAYS",
    "Deletes tasks that are settled; open and parked ones stay.",
)
