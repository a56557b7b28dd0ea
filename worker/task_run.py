"""How a task runs: claim its row, work, settle the row in the transaction of the result.

Whatever goes wrong in between, the row is still there: its lease runs out, and a sweep rings for it again.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import Task
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import pending_tasks
from db.recovery_changes import StaleStateError
from db.unavailable import DATABASE_UNAVAILABLE
from domain.effects import NotifyStaff, Severity
from messaging.staff_notifications import notify_staff
from outbox.publisher import ROW_HEADER
from telemetry import logs, metrics
from worker.app import app
from worker.dependencies import Dependencies, dependencies
from worker.leases import lease_of

log = structlog.get_logger()

Outcome = dict[str, Any]

PARK_AFTER = 20
"""Attempts until a row is set aside for a human; with the delays below, after about an hour."""

SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=60)
"""Between two questions to a provider that is away."""

DELAYS = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 30, 60, 120, 300))


@dataclass(slots=True)
class TaskRun:
    """One claimed row at work; None for the clock's own tasks, which nobody waits for.

    A body ends with `settle` or `later`; what it leaves open is settled for it.
    """

    row: pending_tasks.ClaimedRow | None
    dependencies: Dependencies
    settled: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def webhook_event_id(self) -> UUID | None:
        """The recorded webhook this task came of, if it came of one."""
        return self.row.webhook_event_id if self.row else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A short transaction; bells for what it leaves to be done are rung after its commit."""
        with self.dependencies.transactions() as session:
            yield session

    def settle(self, session: Session, outcome: Outcome) -> Outcome:
        """Says what came of it, in the transaction of the result."""
        if self.row is not None:
            pending_tasks.settle(session, self.row.id, outcome)
        self.settled = True
        return outcome

    def later(self, session: Session, *, delay: timedelta, reason: str) -> Outcome:
        """Gives the row back because of weather elsewhere: such an attempt doesn't count."""
        if self.row is not None:
            row = self.row
            pending_tasks.retry_later(
                session, row.id, attempts=row.attempts, delay=delay, error=reason, forgiven=True
            )
        self.settled = True
        return {"outcome": "later", "reason": reason}

    def when_it_answers(self, session: Session, *, reason: str) -> Outcome:
        """The same while a provider is away: asked after half the time the task has waited already, so ever more
        seldom, but each minute at least.
        """
        waited = self.row.age if self.row else timedelta()
        return self.later(session, delay=min(max(waited / 2, SOONEST), LATEST), reason=reason)


Body = Callable[..., Outcome]

RACES = (StaleStateError, IntegrityError)
"""A row was not in the state we had seen, or a constraint was the last guard."""

MOST_RACES = 3
"""Lost in a row, before the task is put back."""

TAKEN_OVER: Outcome = {
    "outcome": "taken over",
    "reason": "The lease ran out, and another worker has the task or has settled it.",
}


BODIES: dict[str, Body] = {}


def task(name: str) -> Callable[[Body], Body]:
    """Registers a body `(job, *ids) -> outcome` as the Celery task of this name."""
    return _registered(name, without_a_row=run_bare)


def clock_task(name: str) -> Callable[[Body], Body]:
    """Registers a task of the clock: without a row when beat fires it, with one when its outcome is waited for."""
    return _registered(name, without_a_row=_run_bell)


def _registered(
    name: str, *, without_a_row: Callable[[Body, str, tuple[str, ...]], Outcome]
) -> Callable[[Body], Body]:
    def register(body: Body) -> Body:
        @app.task(name=name, bind=True)  # type: ignore[untyped-decorator]
        def run(self: Task, *args: str) -> Outcome:
            row = getattr(self.request, ROW_HEADER, None)
            with logs.context(task=name, publisher=self.request.id):
                return run_row(body, name, UUID(row)) if row else without_a_row(body, name, args)

        BODIES[name] = body
        return body

    return register


def _run_bell(body: Body, name: str, args: tuple[str, ...]) -> Outcome:
    """What fails is logged by Celery, and is done by the next tick."""
    with metrics.TASK_SECONDS.labels(name).time():
        return body(TaskRun(None, dependencies()), *args)


def run_bare(body: Body, name: str, args: tuple[str, ...]) -> Outcome:
    """A message without a row (beat's, or an operator's) gets one first, so that it can't be lost half-way."""
    with dependencies().transactions() as session:
        row_id = pending_tasks.add(session, name, *args)
        pending_tasks.take_unpublished(session)
    return run_row(body, name, row_id)


def run_row(body: Body, name: str, row_id: UUID) -> Outcome:
    """Claims the row and runs its body. Returns the outcome; never raises for what a retry can mend."""
    try:
        with dependencies().transactions() as session:
            row = pending_tasks.claim(session, row_id, lease=lease_of(name))
    except DATABASE_UNAVAILABLE as away:
        log.warning("left_to_the_next_bell", reason=type(away).__name__)
        return {"outcome": "left to the next bell", "reason": "The database does not answer."}
    if row is None:
        return {"outcome": "nothing to do"}
    if row.attempts > PARK_AFTER:
        # Whoever tried before was killed at it and could not say so.
        return _set_aside(row, dependencies(), "Its worker died at every attempt.")
    with _one_line_each(row), metrics.TASK_SECONDS.labels(name).time():
        try:
            outcome = _attempt(TaskRun(row, dependencies()), row, body)
        except pending_tasks.LeaseLostError:
            metrics.TASKS.labels(row.name, "taken over").inc()
            outcome = TAKEN_OVER
        log.info("task", outcome=outcome.get("outcome"), reason=outcome.get("reason"))
    # The answer to whoever waits for it is read from the row; what Celery and Flower show holds no phone.
    return {word: said for word, said in outcome.items() if word != "answer"}


def _one_line_each(row: pending_tasks.ClaimedRow) -> AbstractContextManager[None]:
    """What is said on the way names the task and what it came of."""
    heard = str(row.webhook_event_id) if row.webhook_event_id else None
    return logs.context(task=row.name, task_id=str(row.id), args=row.args, webhook_event_id=heard)


def _attempt(run: TaskRun, row: pending_tasks.ClaimedRow, body: Body) -> Outcome:
    lost = 0
    while True:
        try:
            return _run(run, row, body)
        except RACES as error:
            # Somebody was faster; what they did decides. Look again at once.
            lost += 1
            if lost == MOST_RACES:
                return _failed(row, run.dependencies, error)
            run.after_commit.clear()
            run.settled = False
        except pending_tasks.LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the row must survive it
            return _failed(row, run.dependencies, error)


def _run(run: TaskRun, row: pending_tasks.ClaimedRow, body: Body) -> Outcome:
    outcome = body(run, *row.args)
    if not run.settled:
        with run.transaction() as session:
            run.settle(session, outcome)
    for act in run.after_commit:
        act()
    metrics.TASKS.labels(row.name, "done").inc()
    return outcome


def _failed(row: pending_tasks.ClaimedRow, dependencies: Dependencies, error: Exception) -> Outcome:
    """Back into the queue with growing delays, or set aside. An exception never proves that nothing happened."""
    why = f"{type(error).__name__}: {error}"
    log.warning("task_failed", attempts=row.attempts, error=type(error).__name__, exc_info=error)
    metrics.TASKS.labels(row.name, "failed").inc()
    try:
        if row.attempts >= PARK_AFTER:
            return _set_aside(row, dependencies, why)
        with dependencies.transactions() as session:
            delay = DELAYS[min(row.attempts, len(DELAYS)) - 1]
            pending_tasks.retry_later(session, row.id, attempts=row.attempts, delay=delay, error=why)
    except DATABASE_UNAVAILABLE:
        # The lease runs out by itself.
        return {"outcome": "left to its lease", "reason": why}
    return {"outcome": "again later", "reason": why}


def _set_aside(row: pending_tasks.ClaimedRow, dependencies: Dependencies, why: str) -> Outcome:
    """A human is told, and the others go on."""
    with dependencies.transactions() as session:
        shop_id = pending_tasks.park(session, row.id, why, attempts=row.attempts)
        if shop_id is not None:
            text = f"A task ({row.name}) was set aside after {row.attempts} attempts; `slots pending` shows it."
            told = NotifyStaff("needs_human", text, Severity.CRITICAL)
            notify_staff(session, shop_id=shop_id, effect=told, dedupe_key=f"parked:{row.id}:{row.attempts}")
    log.error("task_parked", task=row.name, task_id=str(row.id), reason=why)
    return {"outcome": "parked", "reason": why}
