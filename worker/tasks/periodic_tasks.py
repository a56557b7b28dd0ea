"""The regular jobs, as beat fires them, as an outside scheduler asks for them, and as an operator runs them."""

from worker.periodic.periodic_jobs import JOBS, PeriodicJob
from worker.task_run import Outcome, TaskRun, clock_task

NIGHTLY = "nightly"
"""Beat's word: only for the time zones whose hour has come. Without it: for every shop, now."""


def _task(regular: PeriodicJob) -> None:
    def run(run: TaskRun, when: str = "now") -> Outcome:
        nightly = regular.tonight if when == NIGHTLY else None
        return {"outcome": "done", "answer": (nightly or regular.now)(run)}

    run.__doc__ = regular.what
    clock_task(regular.name)(run)


for _regular in JOBS.values():
    _task(_regular)
