"""Tasks that beat fires. They need no row of their own: each does everything that is due, whenever it comes."""

from datetime import timedelta

from db import clock, job_runs
from worker import sweeping
from worker.job import Job, Outcome, clock_task, task
from worker.regular import EVERY

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
    with job.transaction() as session:
        job_runs.expect(session, EVERY)
        now = clock.now(session)
        overdue_at = now + max(MISSED_TICKS * every, LEAST_PATIENCE)
        job_runs.begin(session, "tick")
        job_runs.end(session, "tick", done=done, errors=[], next_run_at=now + every, overdue_at=overdue_at)


@clock_task("expire_offers")
def expire_offers(job: Job) -> Outcome:
    """The full sweep: always advances what has stood still."""
    return {"outcome": "swept", "answer": sweeping.sweep(job.tools)}


@task("answer_canary")
def answer_canary(job: Job, queue: str) -> Outcome:
    """Proves that a worker empties this queue, reaches the database and settles what it takes."""
    return {"outcome": "answered", "queue": queue}
