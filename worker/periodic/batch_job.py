"""The regular jobs: each handles all that is due, page by page, item by item; what fails is listed, the rest is done.

Two runs at once, or one that was killed and begins again, do nothing twice: each item is looked at again under its
own lock, in the short transaction that changes it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import audit, clock, job_runs
from db.keyset_pagination import BEGINNING, PageKey, Scope
from settings.retention_periods import RetentionSettings
from telemetry import metrics
from worker.dependencies import Dependencies
from worker.periodic.postponed import PostponedError, ProviderUnavailableError
from worker.periodic.schedule import Hourly, Nightly
from worker.task_run import TaskRun

log = structlog.get_logger()

PAGE = 1000
MOST_ERRORS_LISTED = 100
MOST_WAITS_IN_A_ROW = 5
"""After so many items that a provider did not answer about, it is away: the rest waits for the next run."""


class BatchItem(Protocol):
    """Whatever a job has to do something about."""

    @property
    def id(self) -> UUID: ...

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One regular job. `counts` names its count in the answer.

    `says` tells in a dry run what would be done with an item; nothing, if it would be left alone for now.

    `what` it does, in a sentence; `setting` is the variable that says how long or how early.
    """

    name: str
    what: str
    setting: str = ""
    counts: str
    page: Callable[[Session, RetentionSettings, Scope, PageKey, int], Sequence[Any]]
    do: Callable[[TaskRun, Sequence[Any]], int]
    says: Callable[[Dependencies, Any], str]
    pace: Nightly | Hourly
    at_once: int = 1
    """How many items share a transaction while nothing goes wrong."""


@dataclass(slots=True)
class BatchResult:
    """What a run did."""

    done: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)
    waits_in_a_row: int = 0
    unlisted: int = 0

    @property
    def success(self) -> bool:
        return not self.errors

    def answer(self, counts: str) -> dict[str, Any]:
        """As the routes and the row tell it."""
        return {"success": self.success, counts: self.done, "errors": self.errors}

    def failed(self, item: BatchItem, error: Exception) -> None:
        """Lists the item; after many, only counts them."""
        self.waits_in_a_row = self.waits_in_a_row + 1 if isinstance(error, ProviderUnavailableError) else 0
        if len(self.errors) < MOST_ERRORS_LISTED:
            why = str(error) if isinstance(error, PostponedError) else type(error).__name__
            self.errors.append({"id": str(item.id), "error": why})
        else:
            self.unlisted += 1


def run(job: TaskRun, chore: BatchJob, scope: Scope) -> BatchResult:
    """Everything that is due in this scope."""
    ran, began = BatchResult(), time.monotonic()
    with job.transaction() as session:
        job_runs.begin(session, chore.name)
    for batch in due(job.dependencies, chore, scope):
        _do(job, chore, batch, ran)
        _keep_the_row(job)
        if ran.waits_in_a_row >= MOST_WAITS_IN_A_ROW:
            ran.errors.append({"id": "", "error": "The rest waits for the next run."})
            break
    _note(job, chore, ran)
    metrics.JOB_SECONDS.labels(chore.name).observe(time.monotonic() - began)
    metrics.JOB_ITEMS.labels(chore.name, "done").inc(ran.done)
    metrics.JOB_ITEMS.labels(chore.name, "failed").inc(len(ran.errors))
    return ran


def due(dependencies: Dependencies, chore: BatchJob, scope: Scope) -> Iterator[Sequence[Any]]:
    """What is due, in batches, a page of it in memory at a time. Doing it or not, each item comes once."""
    place = BEGINNING
    while True:
        with dependencies.transactions() as session:
            page = chore.page(session, dependencies.settings.retention, scope, place, PAGE)
        for first in range(0, len(page), chore.at_once):
            yield page[first : first + chore.at_once]
        if len(page) < PAGE:
            return
        place = PageKey(page[-1].at, page[-1].id)


def _do(job: TaskRun, chore: BatchJob, batch: Sequence[BatchItem], ran: BatchResult) -> None:
    """The batch at once; if that fails, one by one, so that only those who fail are left."""
    # Without the row: what a step inside would settle is not this run.
    inside = TaskRun(None, job.dependencies)
    try:
        ran.done += chore.do(inside, batch)
        ran.waits_in_a_row = 0
    except Exception as error:
        if len(batch) > 1:
            for item in batch:
                _do(job, chore, [item], ran)
            return
        log.warning("item_failed", job=chore.name, id=str(batch[0].id), error=type(error).__name__, exc_info=error)
        ran.failed(batch[0], error)


def _keep_the_row(job: TaskRun) -> None:
    if job.row is not None:
        with job.transaction() as session:
            job_runs.prolong_lease(session, job.row.id)


def _note(job: TaskRun, chore: BatchJob, ran: BatchResult) -> None:
    if ran.unlisted:
        ran.errors.append({"id": "", "error": f"And {ran.unlisted} more."})
    with job.transaction() as session:
        now = clock.now(session)
        job_runs.end(
            session,
            chore.name,
            done=ran.done,
            errors=ran.errors,
            next_run_at=chore.pace.next_run(now, zones=job_runs.zones(session, chore.name)),
            overdue_at=now + 2 * chore.pace.every,
        )
        audit.note(
            session,
            event=chore.name,
            reason=f"The job {chore.name} ran: {ran.done} done, {len(ran.errors)} failed.",
            shop_id=None,
            actor="clock",
            severity="info" if ran.success else "warning",
            detail={chore.counts: ran.done, "errors": len(ran.errors)},
        )
