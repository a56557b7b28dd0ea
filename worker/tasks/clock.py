"""Tasks that beat fires. They need no row of their own: each does everything that is due, whenever it comes."""

from datetime import datetime, timedelta

import beat_schedule
from db import clock, job_runs
from worker import sweeping
from worker.job import Job, Outcome, clock_task, task
from worker.regular import EVERY

SWEPT_EVERY = timedelta(minutes=beat_schedule.SWEEP_MINUTES)
MISSED_TICKS, LEAST_PATIENCE = 6, timedelta(minutes=1)
"""Ticks that may be missed before somebody should know; a busy worker takes a moment longer than beat."""


@clock_task("tick")
def tick(job: Job) -> Outcome:
    """The light look between two sweeps."""
    swept = sweeping.bring_forward(job.tools, batches=20)
    _note_tick(job, done=swept.total)
    return {"outcome": "swept", **swept.answer}


def _note_tick(job: Job, *, done: int) -> None:
    """How an operator sees that beat is there: nothing else comes of a tick with nothing to do.

    From the first tick on, the regular jobs are expected.
    """
    every = timedelta(seconds=job.tools.settings.pace.tick_seconds)
    expected = {**EVERY, "expire_offers": SWEPT_EVERY}
    with job.transaction() as session:
        job_runs.expect(session, expected)
        now = clock.now(session)
        overdue_at = now + max(MISSED_TICKS * every, LEAST_PATIENCE)
        job_runs.note(
            session, "tick", began=now, done=done, errors=[], next_run_at=now + every, overdue_at=overdue_at
        )


@clock_task("expire_offers")
def expire_offers(job: Job) -> Outcome:
    """The full sweep: always advances what has stood still."""
    with job.transaction() as session:
        began = clock.now(session)
    answer = sweeping.sweep(job.tools)
    if not answer.get("skipped"):
        _note_sweep(job, began, answer)
    return {"outcome": "swept", "answer": answer}


def _note_sweep(job: Job, began: datetime, answer: Outcome) -> None:
    with job.transaction() as session:
        job_runs.note(
            session,
            "expire_offers",
            began=began,
            done=answer["expired"],
            errors=answer["errors"],
            next_run_at=began + SWEPT_EVERY,
            overdue_at=began + 2 * SWEPT_EVERY,
        )


@task("answer_canary")
def answer_canary(job: Job, queue: str) -> Outcome:
    """Proves that a worker empties this queue, reaches the database and settles what it takes."""
    return {"outcome": "answered", "queue": queue}
