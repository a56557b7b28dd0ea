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
from db.due_rows import BEGINNING, Place, Scope
from settings.retention import RetentionSettings
from telemetry import metrics
from worker.job import Job
from worker.pace import Hourly, Nightly
from worker.tools import Tools
from worker.waiting import Away, Waits

log = structlog.get_logger()

PAGE = 1000
MOST_ERRORS_LISTED = 100
MOST_WAITS_IN_A_ROW = 5
"""After so many items that a provider did not answer about, it is away: the rest waits for the next run."""


class Item(Protocol):
    """Whatever a job has to do something about."""

    @property
    def id(self) -> UUID: ...

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One regular job. `counts` names its count in the answer.

    `says` tells in a dry run what would be done with an item; nothing, if it would be left alone for now.

    `what` it does, in a sentence; `setting` is the variable that says how long or how early.
    """

    name: str
    what: str
    setting: str = ""
    counts: str
    page: Callable[[Session, RetentionSettings, Scope, Place, int], Sequence[Any]]
    do: Callable[[Job, Sequence[Any]], int]
    says: Callable[[Tools, Any], str]
    pace: Nightly | Hourly
    at_once: int = 1
    """How many items share a transaction while nothing goes wrong."""


@dataclass(slots=True)
class Ran:
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

    def failed(self, item: Item, error: Exception) -> None:
        """Lists the item; after many, only counts them."""
        self.waits_in_a_row = self.waits_in_a_row + 1 if isinstance(error, Away) else 0
        if len(self.errors) < MOST_ERRORS_LISTED:
            why = str(error) if isinstance(error, Waits) else type(error).__name__
            self.errors.append({"id": str(item.id), "error": why})
        else:
            self.unlisted += 1


def run(job: Job, chore: Chore, scope: Scope) -> Ran:
    """Everything that is due in this scope."""
    ran, began = Ran(), time.monotonic()
    with job.transaction() as session:
        job_runs.begin(session, chore.name)
    for batch in due(job.tools, chore, scope):
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


def due(tools: Tools, chore: Chore, scope: Scope) -> Iterator[Sequence[Any]]:
    """What is due, in batches, a page of it in memory at a time. Doing it or not, each item comes once."""
    place = BEGINNING
    while True:
        with tools.transactions() as session:
            page = chore.page(session, tools.settings.retention, scope, place, PAGE)
        for first in range(0, len(page), chore.at_once):
            yield page[first : first + chore.at_once]
        if len(page) < PAGE:
            return
        place = Place(page[-1].at, page[-1].id)


def _do(job: Job, chore: Chore, batch: Sequence[Item], ran: Ran) -> None:
    """The batch at once; if that fails, one by one, so that only those who fail are left."""
    # Without the row: what a step inside would settle is not this run.
    inside = Job(None, job.tools)
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


def _keep_the_row(job: Job) -> None:
    if job.row is not None:
        with job.transaction() as session:
            job_runs.prolong_lease(session, job.row.id)


def _note(job: Job, chore: Chore, ran: Ran) -> None:
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
            because=f"The job {chore.name} ran: {ran.done} done, {len(ran.errors)} failed.",
            shop_id=None,
            actor="clock",
            severity="info" if ran.success else "warning",
            detail={chore.counts: ran.done, "errors": len(ran.errors)},
        )
