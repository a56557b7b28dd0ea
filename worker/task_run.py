"""Runs tasks: claims the row, runs the body, and settles the row in the same transaction as the result.

After a crash, the row remains. Its lease expires, and a sweep publishes the row again.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar, cast, get_type_hints
from uuid import UUID

import structlog
from celery import Task
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.recoveries.recovery_changes import StaleStateError
from db.tasks import pending_tasks
from db.unavailable import DATABASE_UNAVAILABLE, is_disk_full
from domain.effects import NotifyStaff, Severity
from messaging.staff_notifications import notify_staff
from outbox.queues import lease_of
from outbox.transactions import ROW_HEADER
from telemetry import logs, metrics
from telemetry.error_origin import reason_of
from worker import continuing
from worker.app import app
from worker.dependencies import Dependencies, dependencies
from worker.task_outcome import Outcome as Outcome
from worker.task_outcome import to_json, without_answer

log = structlog.get_logger()

PARK_AFTER = 20
"""The number of attempts before a row is parked. With the delays below, these attempts take about an hour."""

SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=60)
"""The limits of the delay between two calls to an unavailable provider."""

DELAYS = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 30, 60, 120, 300))


@dataclass(slots=True)
class TaskRun:
    """One run of a task and the row that it claimed. Tasks of beat have no row.

    If the body calls neither `settle` nor `later`, the row is settled with the outcome that the body returns.
    """

    row: pending_tasks.ClaimedRow | None
    dependencies: Dependencies
    settled: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    following: pending_tasks.ClaimedRow | None = None
    """The task with which this process continues."""

    @property
    def webhook_event_id(self) -> UUID | None:
        """The webhook that this task handles, if any."""
        return self.row.webhook_event_id if self.row else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Opens a short transaction and publishes its outbox rows after the commit."""
        with self.dependencies.transactions() as session:
            yield session

    @contextmanager
    def last_transaction(self) -> Iterator[Session]:
        """Opens the transaction that ends the task. This process continues with one of the tasks added in it."""
        with self.transaction() as session:
            if self.row is not None:
                pending_tasks.continue_with(session, continuing.leases())
            yield session
        self.following = pending_tasks.take_continued(session)

    def settle(self, session: Session, outcome: Outcome) -> Outcome:
        """Stores the outcome in the same transaction as the result."""
        if self.row is not None:
            pending_tasks.settle(session, self.row.id, to_json(outcome))
        self.settled = True
        return outcome

    def later(self, session: Session, *, delay: timedelta, reason: str) -> Outcome:
        """Retries after `delay` because of a transient failure elsewhere. The attempt is not counted."""
        if self.row is not None:
            row = self.row
            pending_tasks.retry_later(
                session, row.id, attempts=row.attempts, delay=delay, error=reason, forgiven=True
            )
        self.settled = True
        return {"outcome": "later", "reason": reason}

    def retry_when_available(self, session: Session, *, reason: str) -> Outcome:
        """Reschedules the task because a provider is unavailable. The delay is half the row's age, but at least 5 and
        at most 60 seconds.
        """
        waited = self.row.age if self.row else timedelta()
        return self.later(session, delay=min(max(waited / 2, SOONEST), LATEST), reason=reason)


Body = Callable[..., Outcome]
Registered = TypeVar("Registered", bound=Body)

RACES = (StaleStateError, IntegrityError)
"""Errors raised if another worker changed a row after we read it, or a constraint prevented a conflicting write."""

MOST_RACES = 3
"""The number of immediate attempts before the task is retried later."""

TAKEN_OVER: Outcome = {
    "outcome": "taken over",
    "reason": "The lease expired, and another worker has claimed or settled the task.",
}


BODIES: dict[str, Body] = {}


def task(name: str) -> Callable[[Registered], Registered]:
    """Registers `(run, *ids) -> outcome` as the body of the Celery task with this name."""
    return _registered(name, without_a_row=run_bare)


def clock_task(name: str) -> Callable[[Registered], Registered]:
    """Registers a task of beat, which has a row only if an endpoint or an operator starts it."""
    return _registered(name, without_a_row=_run_without_row)


WITHOUT_EVENTS = frozenset({"tick", "deliver_webhooks"})
"""Flower does not show these tasks, because three events every second would cost more than the task and displace
other tasks.
"""


def _registered(
    name: str, *, without_a_row: Callable[[Body, str, tuple[str, ...]], Outcome]
) -> Callable[[Registered], Registered]:
    def register(function: Registered) -> Registered:
        body = BODIES[name] = _with_typed_ids(function)

        @app.task(name=name, bind=True, send_events=name not in WITHOUT_EVENTS)  # type: ignore[untyped-decorator]
        def run(self: Task, *args: str) -> dict[str, Any]:
            row = getattr(self.request, ROW_HEADER, None)
            with logs.context(task=name, celery_id=self.request.id):
                return to_json(run_row(body, name, UUID(row)) if row else without_a_row(body, name, args))

        return function

    return register


def _with_typed_ids(function: Body) -> Body:
    """Converts the arguments of a message or row, which are strings, to the declared types of the parameters.

    Raises TypeError if there are more arguments than parameters. A later version may have written the additional
    arguments, so the row stays pending until a worker of that version runs the task.
    """
    types = _argument_types(function)

    @wraps(function)
    def body(run: TaskRun, *args: str) -> Outcome:
        if len(args) > len(types):
            raise TypeError(
                f"The task has {len(types)} arguments, and {len(args)} were given."
                " If a later version of slot-recovery added it, a worker of that version runs it."
            )
        return function(run, *(kind(arg) for kind, arg in zip(types, args, strict=False)))

    return body


def _argument_types(function: Body) -> list[Callable[[str], Any]]:
    """Returns the types of the positional parameters after the first. Raises TypeError unless that is a TaskRun."""
    hints = get_type_hints(function)
    positional = [one for one in signature(function).parameters.values() if one.kind is not Parameter.KEYWORD_ONLY]
    first, *types = (hints.get(one.name) for one in positional)
    if first is not TaskRun or None in types:
        raise TypeError(f"{function.__qualname__}: the first parameter must be a TaskRun, and each must have a type.")
    return cast("list[Callable[[str], Any]]", types)


def _run_without_row(body: Body, name: str, args: tuple[str, ...]) -> Outcome:
    """Runs the body without a row. Celery logs a failure, and the next tick repeats the work."""
    with metrics.TASK_SECONDS.labels(name).time():
        return body(TaskRun(None, dependencies()), *args)


def run_bare(body: Body, name: str, args: tuple[str, ...]) -> Outcome:
    """Writes a row for a message that an operator published without a row, so that a crash can't lose the task."""
    with dependencies().transactions() as session:
        row_id = pending_tasks.add(session, name, *args)
        pending_tasks.take_unpublished(session)
    return run_row(body, name, row_id)


def run_row(body: Body, name: str, row_id: UUID) -> Outcome:
    """Claims the row and runs its body, then runs the tasks with which this process continues.

    Returns the outcome of the first task. Does not raise retryable errors.
    """
    try:
        with dependencies().transactions.single() as session:
            row = pending_tasks.claim(session, row_id, lease=lease_of(name))
    except DATABASE_UNAVAILABLE as error:
        log.warning("task_not_claimed", reason=reason_of(error))
        return {"outcome": "not claimed", "reason": "The database does not respond."}
    if row is None:
        return {"outcome": "nothing to do"}
    outcome, following = _run_claimed(row, body)
    while following is not None:
        shown = continuing.ContinuedTask(following)
        ended, following = _run_claimed(following, BODIES[following.name])
        shown.ended(ended)
    return outcome


def _run_claimed(row: pending_tasks.ClaimedRow, body: Body) -> tuple[Outcome, pending_tasks.ClaimedRow | None]:
    """Returns the outcome, and the task with which to continue."""
    if row.attempts > PARK_AFTER:
        # All earlier workers were killed while running the task and could not record a failure.
        return _park(row, dependencies(), "Its worker died at every attempt."), None
    run = TaskRun(row, dependencies())
    with _log_context(row), metrics.TASK_SECONDS.labels(row.name).time():
        try:
            outcome = _attempt(run, row, body)
        except pending_tasks.LeaseLostError:
            metrics.TASKS.labels(row.name, "taken over").inc()
            outcome = TAKEN_OVER
        log.info("task", outcome=outcome.get("outcome"), reason=outcome.get("reason"))
    # The endpoint reads the answer from the row. Celery and Flower must not show the answer.
    return without_answer(outcome), run.following


def _log_context(row: pending_tasks.ClaimedRow) -> AbstractContextManager[None]:
    """Adds the task, its row and its webhook to every line that the task logs."""
    webhook_event_id = str(row.webhook_event_id) if row.webhook_event_id else None
    return logs.context(task=row.name, task_id=str(row.id), args=row.args, webhook_event_id=webhook_event_id)


def _attempt(run: TaskRun, row: pending_tasks.ClaimedRow, body: Body) -> Outcome:
    lost = 0
    while True:
        try:
            return _run(run, row, body)
        except RACES as error:
            # Another worker was faster, so the task immediately runs again on the new state.
            lost += 1
            if lost == MOST_RACES:
                return _failed(row, run.dependencies, error)
            run.after_commit.clear()
            run.settled = False
            run.following = None
        except pending_tasks.LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - the row must survive any error
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
    """Retries later with growing delays, or parks the row. The failed attempt may have had effects.

    A full Postgres disk is not counted, because it may last longer than all attempts of a row.
    """
    reason = f"{type(error).__name__}: {error}"
    log.warning("task_failed", attempts=row.attempts, error=type(error).__name__, exc_info=error)
    metrics.TASKS.labels(row.name, "failed").inc()
    try:
        forgiven = is_disk_full(error)
        if row.attempts >= PARK_AFTER and not forgiven:
            return _park(row, dependencies, reason)
        with dependencies.transactions() as session:
            delay = LATEST if forgiven else DELAYS[min(row.attempts, len(DELAYS)) - 1]
            pending_tasks.retry_later(
                session, row.id, attempts=row.attempts, delay=delay, error=reason, forgiven=forgiven
            )
    except DATABASE_UNAVAILABLE:
        # After the lease expires, the row is published again.
        return {"outcome": "left to its lease", "reason": reason}
    return {"outcome": "again later", "reason": reason}


def _park(row: pending_tasks.ClaimedRow, dependencies: Dependencies, reason: str) -> Outcome:
    """Parks the row to end its retries, and notifies the shop's staff."""
    with dependencies.transactions() as session:
        shop_id = pending_tasks.park(session, row.id, reason, attempts=row.attempts)
        if shop_id is not None:
            text = f"A task ({row.name}) was parked after {row.attempts} attempts. See: slots pending list --parked"
            notification = NotifyStaff("needs_human", text, Severity.CRITICAL)
            notify_staff(session, shop_id=shop_id, effect=notification, dedupe_key=f"parked:{row.id}:{row.attempts}")
    log.error("task_parked", task=row.name, task_id=str(row.id), reason=reason)
    return {"outcome": "parked", "reason": reason}
