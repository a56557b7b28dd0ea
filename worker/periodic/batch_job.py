"""Runs a periodic job: processes every due item, page by page. Lists failed items and continues with the others.

Concurrent and repeated runs are safe, because each item is checked again under its own lock in the transaction that
changes it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import audit, clock
from db.keyset_pagination import BEGINNING, PageKey, ShopScope
from db.tasks import job_runs
from outbox.job_answers import FailedItem
from settings.retention_periods import RetentionSettings
from telemetry import metrics
from worker.dependencies import Dependencies
from worker.periodic.postponed import PostponedError, ProviderUnavailableError
from worker.periodic.schedule import Hourly, Nightly
from worker.task_run import TaskRun

log = structlog.get_logger()

PAGE_SIZE = 1000
MAX_LISTED_ERRORS = 100
MAX_CONSECUTIVE_UNAVAILABLE = 5
"""A run stops after this many consecutive items have failed because of an unavailable provider."""


class BatchItem(Protocol):
    """A due item. Pages are ordered by `at`, then `id`."""

    @property
    def id(self) -> UUID: ...

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """A periodic job.

    `setting`: the environment variable with the retention period or lead time. `count_name`: the key for the number
    of processed items in the response. `summary`: the keys for the job and its count in the group's response, if that
    response contains the job. `handle` processes a batch and counts the outcomes. `preview` describes the effect that
    `handle` would have on an item, or is empty if the item would be skipped for now. `batch_size`: the number of
    items per transaction while no item fails.
    """

    name: str
    description: str
    schedule: Nightly | Hourly
    setting: str = ""
    count_name: str
    summary: tuple[str, str] | None = None
    page: Callable[[Session, RetentionSettings, ShopScope, PageKey, int], Sequence[Any]]
    handle: Callable[[TaskRun, Sequence[Any]], Counter[str]]
    preview: Callable[[Dependencies, Any], str]
    batch_size: int = 1


@dataclass(slots=True)
class BatchResult:
    """The number of processed items by outcome, and the first hundred errors."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[FailedItem] = field(default_factory=list)
    consecutive_unavailable: int = 0
    unlisted: int = 0

    @property
    def done(self) -> int:
        return self.counts.total()

    def add_error(self, item: BatchItem, error: Exception) -> None:
        unavailable = isinstance(error, ProviderUnavailableError)
        self.consecutive_unavailable = self.consecutive_unavailable + 1 if unavailable else 0
        if len(self.errors) < MAX_LISTED_ERRORS:
            reason = str(error) if isinstance(error, PostponedError) else type(error).__name__
            self.errors.append(FailedItem(id=str(item.id), error=reason))
        else:
            self.unlisted += 1


def run(run: TaskRun, job: BatchJob, scope: ShopScope) -> BatchResult:
    """Processes all due items in this scope, and records the run."""
    result, timer = BatchResult(), time.monotonic()
    with run.transaction() as session:
        started_at = job_runs.begin(session, job.name)
    for batch in due_batches(run.dependencies, job, scope):
        _process(run, job, batch, result)
        if run.row is not None:
            with run.transaction() as session:
                job_runs.prolong_lease(session, run.row.id)
        if result.consecutive_unavailable >= MAX_CONSECUTIVE_UNAVAILABLE:
            result.errors.append(FailedItem(id="", error="The remaining items wait for the next run."))
            break
    if result.unlisted:
        result.errors.append(FailedItem(id="", error=f"And {result.unlisted} more."))
    _record(run, job, started_at, result)
    metrics.JOB_SECONDS.labels(job.name).observe(time.monotonic() - timer)
    metrics.JOB_ITEMS.labels(job.name, "done").inc(result.done)
    metrics.JOB_ITEMS.labels(job.name, "failed").inc(len(result.errors))
    return result


def due_batches(dependencies: Dependencies, job: BatchJob, scope: ShopScope) -> Iterator[Sequence[Any]]:
    """Yields the due items in batches. Yields each item once, even if it stays due. Keeps only one page in memory."""
    after = BEGINNING
    while True:
        with dependencies.transactions() as session:
            page = job.page(session, dependencies.settings.retention, scope, after, PAGE_SIZE)
        for first in range(0, len(page), job.batch_size):
            yield page[first : first + job.batch_size]
        if len(page) < PAGE_SIZE:
            return
        after = PageKey(page[-1].at, page[-1].id)


def _process(run: TaskRun, job: BatchJob, batch: Sequence[BatchItem], result: BatchResult) -> None:
    """Processes the batch in one transaction or, if that fails, each item in a separate transaction."""
    try:
        # Items are processed without the outbox row, because a single item must not settle the row of the whole job.
        result.counts.update(job.handle(TaskRun(None, run.dependencies), batch))
        result.consecutive_unavailable = 0
    except Exception as error:
        if len(batch) > 1:
            for item in batch:
                _process(run, job, [item], result)
            return
        log.warning("item_failed", job=job.name, id=str(batch[0].id), error=type(error).__name__, exc_info=error)
        result.add_error(batch[0], error)


def _record(run: TaskRun, job: BatchJob, started_at: datetime, result: BatchResult) -> None:
    with run.transaction() as session:
        now = clock.now(session)
        job_runs.record(
            session,
            job.name,
            started_at=started_at,
            done=result.done,
            errors=[failed.model_dump() for failed in result.errors],
            next_run_at=job.schedule.next_run(now, zones=job_runs.zones(session, job.name)),
            overdue_at=now + 2 * job.schedule.every,
        )
        audit.note(
            session,
            event=job.name,
            reason=f"The job {job.name} ran: {result.done} done, {len(result.errors)} failed.",
            shop_id=None,
            actor="clock",
            severity="warning" if result.errors else "info",
            detail={job.count_name: result.done, "errors": len(result.errors)},
        )
