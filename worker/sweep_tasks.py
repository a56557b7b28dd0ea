"""Tasks that beat starts. They need no row, because each of them processes all due work."""

from datetime import datetime, timedelta

import beat_schedule
from db import clock
from db.tasks import job_runs
from outbox.job_answers import SweepCounts
from worker import sweep
from worker.periodic.periodic_jobs import INTERVALS
from worker.task_run import Outcome, TaskRun, clock_task, task

SWEPT_EVERY = timedelta(minutes=beat_schedule.SWEEP_MINUTES)
MISSED_TICKS, LEAST_PATIENCE = 6, timedelta(minutes=1)
"""The number of missed ticks and the minimum time after which the tick is considered overdue."""


@clock_task("tick")
def tick(run: TaskRun) -> Outcome:
    """Processes due work between two sweeps."""
    swept = sweep.bring_forward(run.dependencies, batches=20)
    _note_tick(run, done=swept.total)
    return {"outcome": "swept", "answer": swept.answer}


def _note_tick(run: TaskRun, *, done: int) -> None:
    """Records the tick and the jobs that are expected to run, so that operators can see that beat is running.

    A tick that changed nothing is recorded only every few seconds, because the write would cost more than the tick.
    """
    every = timedelta(seconds=run.dependencies.settings.general.tick_seconds)
    expected = {**INTERVALS, "expire_offers": SWEPT_EVERY}
    with run.transaction() as session:
        if job_runs.note_tick(session, done=done, every=every, patience=max(MISSED_TICKS * every, LEAST_PATIENCE)):
            job_runs.expect(session, expected)


@clock_task("expire_offers")
def expire_offers(run: TaskRun) -> Outcome:
    """Runs the full sweep."""
    with run.transaction() as session:
        began = clock.now(session)
    answer = sweep.sweep(run.dependencies)
    if isinstance(answer, SweepCounts):
        _note_sweep(run, began, answer)
    return {"outcome": "swept", "answer": answer}


def _note_sweep(run: TaskRun, began: datetime, answer: SweepCounts) -> None:
    with run.transaction() as session:
        job_runs.record(
            session,
            "expire_offers",
            started_at=began,
            done=answer.expired,
            errors=[failed.model_dump() for failed in answer.errors],
            next_run_at=began + SWEPT_EVERY,
            overdue_at=began + 2 * SWEPT_EVERY,
        )


@task("answer_canary")
def answer_canary(run: TaskRun, queue: str) -> Outcome:
    """Shows that a worker drains this queue, reaches the database and settles the row of this task."""
    return {"outcome": "answered", "queue": queue}
