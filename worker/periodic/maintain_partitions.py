"""Creates monthly partitions and the daily table for settled tasks, and drops expired partitions and tables."""

from datetime import timedelta

import structlog

from db import audit, partitions
from db.locks import advisory_lock
from db.partitions import Month
from db.tasks import settled_tasks
from worker.periodic.delete_expired import RULES, ExpiryRule
from worker.task_run import Outcome, TaskRun, clock_task

log = structlog.get_logger()

LOCK = 482176
BATCH = 5000


@clock_task("maintain_partitions")
def maintain_partitions(run: TaskRun) -> Outcome:
    """Creates monthly partitions and the daily table for settled tasks, and drops expired partitions and tables."""
    with advisory_lock(run.dependencies.engine, LOCK) as acquired:
        if not acquired:
            return {"outcome": "skipped", "reason": "locked"}
        created = [month for table in partitions.STORAGE for month in _create(run, table)]
        monthly = [expiry for expiry in RULES if expiry.rule.table in partitions.STORAGE]
        dropped = [month for expiry in monthly for month in _drop(run, expiry)]
        dropped += _start_day(run)
    return {"outcome": "maintained", "reason": f"{len(created)} created, {len(dropped)} dropped"}


def _create(run: TaskRun, table: str) -> list[Month]:
    with run.transaction() as session:
        return partitions.create_missing(session, table)


def _drop(run: TaskRun, expiry: ExpiryRule) -> list[str]:
    """Moves the rows that are kept longer, in batches, and drops the expired months of a table."""
    kept_for = timedelta(days=expiry.days(run.dependencies.settings.retention))
    while _detach_oldest(run, expiry.rule.table, kept_for):
        pass
    with run.transaction() as session:
        detached = partitions.detached(session, expiry.rule.table)
    for name in detached:
        _empty_and_drop(run, expiry, name)
    return detached


def _detach_oldest(run: TaskRun, table: str, kept_for: timedelta) -> bool:
    """Detaches the oldest expired month. Only the last of three transactions locks the table, and only briefly."""
    with run.transaction() as session:
        month = partitions.expired_month(session, table, kept_for=kept_for)
        if month is None:
            return False
        partitions.prepare_to_detach(session, month)
    with run.transaction() as session:
        partitions.validate(session, month)
    with run.transaction() as session:
        partitions.detach(session, month)
    return True


def _empty_and_drop(run: TaskRun, expiry: ExpiryRule, name: str) -> None:
    table, keep = expiry.rule.table, f"NOT ({expiry.rule.condition})"
    kept, moved = 0, BATCH
    while moved == BATCH:
        with run.transaction() as session:
            moved = partitions.keep_some(session, table, name, keep=keep, limit=BATCH)
        kept += moved
    with run.transaction() as session:
        partitions.drop(session, name)
        reason = f"The rows in {name} have expired and were deleted; {kept} rows are kept longer."
        audit.note(session, event="maintain_partitions", reason=reason, shop_id=None)
    log.info("partition_dropped", partition=name, kept=kept)


def _start_day(run: TaskRun) -> list[str]:
    """Creates the next daily table for settled tasks, and drops expired daily tables."""
    kept_for = timedelta(days=run.dependencies.settings.retention.keep_tasks_days)
    with run.transaction() as session:
        settled_tasks.start_next_day(session)
        expired = settled_tasks.expired_days(session, kept_for=kept_for)
    for name in expired:
        with run.transaction() as session:
            partitions.drop(session, name)
        log.info("partition_dropped", partition=name)
    return expired
