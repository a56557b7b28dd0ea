"""Deletes what has been kept long enough."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.orm import Session

from db import retention
from db.due_rows import Place, Scope
from db.retention import Old, Passing
from settings.retention import RetentionSettings
from worker.chores import Chore
from worker.job import Job
from worker.pace import CLEAN_UP
from worker.tools import Tools

KEPT_DAYS: dict[Passing, Callable[[RetentionSettings], int]] = {
    Passing.NOTIFICATIONS: lambda kept: kept.keep_notifications_days,
    Passing.OTP_CODES: lambda kept: kept.keep_one_time_codes_days,
    Passing.STAFF_SESSIONS: lambda kept: kept.keep_sessions_days,
    Passing.STAFF_INVITATIONS: lambda kept: kept.keep_one_time_codes_days,
    Passing.AUDIT_LOGS: lambda kept: kept.keep_audit_days,
    Passing.WEBHOOK_EVENTS: lambda kept: kept.keep_webhook_events_days,
    Passing.PENDING_TASKS: lambda kept: kept.keep_tasks_days,
}


def _page(
    table: Passing, session: Session, kept: RetentionSettings, scope: Scope, after: Place, limit: int
) -> list[Old]:
    return retention.page(session, table, scope, after, limit, days=KEPT_DAYS[table](kept))


def _delete(table: Passing, job: Job, old: Sequence[Old]) -> int:
    days = KEPT_DAYS[table](job.tools.settings.retention)
    with job.transaction() as session:
        return retention.delete(session, table, [row.id for row in old], days=days)


def _says(table: Passing, _: Tools, row: Old) -> str:
    return f"delete one of {table}, of {row.at:%Y-%m-%d}"


def _deleting(name: str, table: Passing, setting: str, what: str) -> Chore:
    return Chore(
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
    Passing.NOTIFICATIONS,
    "KEEP_NOTIFICATIONS_DAYS",
    "Deletes notifications that were read; what nobody has read, and what customers were told, stays.",
)
EXPIRED_CODES = _deleting(
    "cleanup_expired_otps",
    Passing.OTP_CODES,
    "KEEP_ONE_TIME_CODES_DAYS",
    "Deletes sign-in codes that have expired.",
)
ENDED_SESSIONS = _deleting(
    "cleanup_ended_sessions",
    Passing.STAFF_SESSIONS,
    "KEEP_SESSIONS_DAYS",
    "Deletes the staff's sessions that have ended.",
)
EXPIRED_INVITATIONS = _deleting(
    "cleanup_expired_invitations",
    Passing.STAFF_INVITATIONS,
    "KEEP_ONE_TIME_CODES_DAYS",
    "Deletes invitations of staff that have expired, used or not.",
)
OLD_AUDIT_LOGS = _deleting(
    "cleanup_old_audit_logs",
    Passing.AUDIT_LOGS,
    "KEEP_AUDIT_DAYS",
    "Deletes old entries of the log, but for critical ones and those about money.",
)
WEBHOOK_EVENTS = _deleting(
    "cleanup_webhook_events",
    Passing.WEBHOOK_EVENTS,
    "KEEP_WEBHOOK_EVENTS_DAYS",
    "Deletes webhooks that have been handled.",
)
SETTLED_TASKS = _deleting(
    "cleanup_settled_tasks",
    Passing.PENDING_TASKS,
    "KEEP_TASKS_DAYS",
    "Deletes tasks that are settled; open and parked ones stay.",
)
