"""Creates the partitions of the coming months, and drops those whose retention period is over."""

from datetime import timedelta

import structlog

from db import audit, partitions
from db.locks import advisory_lock
from db.partitions import Month
from worker.periodic.delete_expired import RULES, ExpiryRule
from worker.task_run import Outcome, TaskRun, clock_task

log = structlog.get_logger()

LOCK = 482176


@clock_task("maintain_partitions")
def maintain_partitions(run: TaskRun) -> Outcome:
    """Creates the partitions of the coming months, and drops those whose retention period is over."""
    with advisory_lock(run.dependencies.engine, LOCK) as acquired:
        if not acquired:
            return {"outcome": "skipped", "reason": "locked"}
        created = [month for table in partitions.STORAGE for month in _create(run, table)]
        monthly = [expiry for expiry in RULES if expiry.rule.table in partitions.STORAGE]
        dropped = [month for expiry in monthly for month in _drop(run, expiry)]
    return {"outcome": "maintained", "reason": f"{len(created)} created, {len(dropped)} dropped"}


def _create(run: TaskRun, table: str) -> list[Month]:
    with run.transaction() as session:
        return partitions.create_missing(session, table)


def _drop(run: TaskRun, expiry: ExpiryRule) -> list[Month]:
    """Drops all expired months of a table, the oldest first, each in its own transaction."""
    kept_for = timedelta(days=expiry.days(run.dependencies.settings.retention))
    dropped: list[Month] = []
    while True:
        with run.transaction() as session:
            month = partitions.expired_month(session, expiry.rule.table, kept_for=kept_for)
            if month is None:
                return dropped
            partitions.prepare_to_drop(session, month)
        with run.transaction() as session:
            partitions.validate(session, month)
        with run.transaction() as session:
            kept = partitions.drop(session, month, keep=f"NOT ({expiry.rule.condition})")
            reason = f"The rows of {month.begins:%Y-%m} in {month.table} were deleted; {kept} are kept longer."
            audit.note(session, event="maintain_partitions", reason=reason, shop_id=None)
        log.info("partition_dropped", partition=month.name, kept=kept)
        dropped.append(month)
