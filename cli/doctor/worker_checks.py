"""Checks the workers with a test task on every queue, and beat by the time of its last tick."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from celery import Celery
from kombu.exceptions import KombuError

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import CheckTarget
from cli.printing import ago
from db import clock
from db.tasks import job_runs, pending_tasks
from domain.plurals import counted
from outbox.celery_client import client
from outbox.queues import QUEUES
from outbox.transactions import ROW_HEADER
from settings.redis import RedisSettings
from settings.worker import GeneralSettings

CANARY = "answer_canary"
SLOW_SECONDS, POLL_SECONDS = 5.0, 0.05
LATEST_TICK_SECONDS = 5.0
"""The maximum delay of the first tick."""


def canaries(target: CheckTarget) -> Iterator[Finding]:
    """Checks that a worker of each queue receives a test task through the broker and settles the outbox row."""
    settings = target.settings(RedisSettings)
    assert settings is not None  # noqa: S101 - Redis has responded
    began = time.monotonic()
    with client(settings) as celery:
        sent, refused = _send(target, celery)
    if refused:
        message = f"Redis answers but accepts no messages: {refused}"
        fix = "Grant the user in REDIS_URL write access (ACL), free memory, or set REDIS_URL to the primary."
        yield failure("redis.publish", message, fix)
        _settle(target, sent)
        return
    silent = _await(target, sent)
    took = time.monotonic() - began
    for queue in silent:
        message = f"no worker responds on the queue {queue}"
        fix = f"Start one: python -m worker.start worker -Q {queue}. If one runs, see its log; it may be overloaded."
        yield failure(f"workers.{queue}", message, fix)
    answered = len(QUEUES) - len(silent)
    if answered and not silent and took > SLOW_SECONDS:
        message = f"workers took {took:.0f} s to respond"
        yield warning("workers.slow", message, "They are overloaded. Start more workers. See: slots pending list")
    elif answered:
        yield ok("workers.answer", f"{answered} of {len(QUEUES)} queues have a worker")


def _runs(target: CheckTarget) -> tuple[datetime, list[job_runs.LastRun]]:
    """Returns the current time and the jobs' last runs. If no tick has run yet, waits for the first tick."""
    pace = target.settings(GeneralSettings)
    ends = time.monotonic() + (pace.tick_seconds if pace else 0) + LATEST_TICK_SECONDS
    while True:
        with target.transaction() as session:
            now, runs = clock.now(session), job_runs.last_runs(session)
        if any(run.job == "tick" for run in runs) or time.monotonic() > ends:
            return now, runs
        time.sleep(POLL_SECONDS)


def _send(target: CheckTarget, celery: Celery) -> tuple[dict[UUID, str], str]:
    """Returns the queue of each row, and the reason if Redis rejected a message."""
    refused = ""
    with target.transaction() as session:
        rows = {pending_tasks.add(session, CANARY, queue): queue for queue in QUEUES}
        pending_tasks.take_unpublished(session)
    for row, queue in rows.items():
        try:
            celery.send_task(CANARY, args=[queue], headers={ROW_HEADER: str(row)}, queue=queue)
        except (KombuError, OSError) as why:
            refused = str(why).strip()
            break
    return rows, refused


def _await(target: CheckTarget, sent: dict[UUID, str]) -> list[str]:
    """Waits for the test tasks. Settles tasks that did not run in time, and returns the names of their queues."""
    left, ends = dict(sent), time.monotonic() + target.canary_seconds
    while left and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)
        with target.transaction() as session:
            left = {row: queue for row, queue in left.items() if pending_tasks.outcome(session, row) is None}
    _settle(target, left)
    return list(left.values())


def _settle(target: CheckTarget, left: Iterable[UUID]) -> None:
    """Settles the rows to keep workers from running the test tasks later."""
    for row in left:
        try:
            with target.transaction() as session:
                pending_tasks.settle(session, row, {"outcome": "no worker responded"})
        except pending_tasks.LeaseLostError:  # A worker settled the row after the deadline.
            continue


def beat(target: CheckTarget) -> Iterator[Finding]:
    now, runs = _runs(target)
    tick = next((run for run in runs if run.job == "tick"), None)
    fix = "Start beat: python -m worker.start beat. If it runs, start the worker of the queue sweeps."
    if tick is None or tick.started_at is None:
        yield failure("beat.never", "beat has never run", fix)
    elif tick.overdue:
        yield failure("beat.stopped", f"beat last ticked {ago((now - tick.started_at).total_seconds())} ago", fix)
    else:
        yield ok("beat.ticks", f"beat ticked {ago((now - tick.started_at).total_seconds())} ago")
    for run in runs:
        if run.overdue and run.job != "tick":
            message = f"the job {run.job} {_last_ran(run, now)}"
            yield failure(
                "beat.job_overdue",
                message,
                f"To run it now: slots run {run.job}. For the cause, see the logs of beat and the workers.",
            )
        elif run.errors:
            failed = counted(len(run.errors), "thing")
            message = f"{failed} failed in the last run of {run.job}: {run.errors[0].get('error')}"
            yield warning(
                "beat.job_errors", message, "Failed items are tried again in the next run; the log has more details."
            )


def _last_ran(run: job_runs.LastRun, now: datetime) -> str:
    return f"last ran {ago((now - run.started_at).total_seconds())} ago" if run.started_at else "has never run"
