"""The periodic jobs that delete rows after their retention period."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import retention_rows
from db.keyset_pagination import PageKey, ShopScope
from db.retention_rows import ExpiredRow, RetentionRule
from settings.retention_periods import RetentionSettings
from worker.periodic import schedule
from worker.periodic.batch_job import BatchJob
from worker.task_run import TaskRun


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """A job that deletes expired rows according to a rule. `setting`: the environment variable with the retention
    period.

    `summary`: the key for this job in the response of all cleanup jobs, if that response contains the job.
    """

    name: str
    rule: RetentionRule
    setting: str
    summary: str | None
    description: str

    def days(self, retention: RetentionSettings) -> int:
        return int(getattr(retention, self.setting.lower()))


RULES: tuple[ExpiryRule, ...] = tuple(
    ExpiryRule(*row)
    for row in (
        (
            "cleanup_old_notifications",
            RetentionRule("notifications", "created_at", "t.read_at IS NOT NULL"),
            "KEEP_NOTIFICATIONS_DAYS",
            "notifications",
            "Deletes read notifications; keeps unread ones and the record of messages to customers.",
        ),
        (
            "cleanup_expired_otps",
            RetentionRule("otp_codes", "expires_at"),
            "KEEP_ONE_TIME_CODES_DAYS",
            "otp_codes",
            "Deletes expired sign-in codes.",
        ),
        (
            "cleanup_ended_sessions",
            RetentionRule("staff_sessions", "expires_at"),
            "KEEP_SESSIONS_DAYS",
            None,
            "Deletes ended sessions of staff.",
        ),
        (
            "cleanup_expired_invitations",
            RetentionRule("staff_invitations", "expires_at"),
            "KEEP_ONE_TIME_CODES_DAYS",
            None,
            "Deletes expired staff invitations, used or not.",
        ),
        (
            "cleanup_expired_authorizations",
            RetentionRule("calendar_authorizations", "expires_at"),
            "KEEP_ONE_TIME_CODES_DAYS",
            None,
            "Deletes calendar authorizations that were started but not completed.",
        ),
        (
            "cleanup_expired_join_requests",
            RetentionRule("join_requests", "expires_at"),
            "KEEP_ONE_TIME_CODES_DAYS",
            None,
            "Deletes expired requests to join a waiting list, used or not.",
        ),
        (
            "cleanup_idempotency_records",
            RetentionRule("idempotency_records", "created_at"),
            "KEEP_API_ANSWERS_DAYS",
            None,
            "Deletes stored API responses whose Idempotency-Key has expired.",
        ),
        (
            "cleanup_old_audit_logs",
            # This condition must match the condition of the index audit_logs_passing_idx.
            RetentionRule(
                "audit_logs",
                "created_at",
                "t.severity <> 'critical' AND t.event !~* 'payment|refund|deposit|dispute'",
            ),
            "KEEP_AUDIT_DAYS",
            "audit_logs",
            "Deletes old audit entries; keeps critical ones and those about money.",
        ),
        (
            "cleanup_webhook_events",
            RetentionRule("webhook_events", "received_at", "t.handled_at IS NOT NULL"),
            "KEEP_WEBHOOK_EVENTS_DAYS",
            None,
            "Deletes handled webhooks.",
        ),
        (
            "cleanup_webhook_deliveries",
            RetentionRule("webhook_deliveries", "created_at"),
            "KEEP_EVENTS_DAYS",
            None,
            "Deletes old deliveries to webhook endpoints.",
        ),
        (
            "cleanup_old_events",
            RetentionRule("events", "created_at"),
            "KEEP_EVENTS_DAYS",
            None,
            "Deletes old events.",
        ),
        (
            "cleanup_settled_tasks",
            RetentionRule("pending_tasks", "settled_at", "t.settled_at IS NOT NULL"),
            "KEEP_TASKS_DAYS",
            None,
            "Deletes settled tasks; keeps open and parked ones.",
        ),
    )
)


def _job(expiry: ExpiryRule) -> BatchJob:
    def page(
        session: Session, retention: RetentionSettings, scope: ShopScope, after: PageKey, limit: int
    ) -> list[ExpiredRow]:
        return retention_rows.page(session, expiry.rule, scope, after, limit, days=expiry.days(retention))

    def delete(run: TaskRun, expired: Sequence[ExpiredRow]) -> Counter[str]:
        ids = [row.id for row in expired]
        days = expiry.days(run.dependencies.settings.retention)
        with run.transaction() as session:
            return Counter(deleted=retention_rows.delete(session, expiry.rule, ids, days=days))

    return BatchJob(
        name=expiry.name,
        description=expiry.description,
        schedule=schedule.CLEANUP,
        setting=expiry.setting,
        count_name="deleted_count",
        summary=(expiry.summary, "deleted") if expiry.summary else None,
        page=page,
        handle=delete,
        preview=lambda _, row: f"delete one of {expiry.rule.table}, of {row.at:%Y-%m-%d}",
        batch_size=500,
    )


JOBS: tuple[BatchJob, ...] = tuple(map(_job, RULES))
