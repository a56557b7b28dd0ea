"""The periodic jobs as tasks, started by beat, an outside scheduler or an operator."""

from worker.periodic.periodic_jobs import JOBS, PeriodicJob
from worker.task_run import Outcome, TaskRun, clock_task

NIGHTLY = "nightly"
"""Beat's argument: only shops in time zones where the hour of the job has come. Without it: every shop, now."""


def _task(regular: PeriodicJob) -> None:
    def run(run: TaskRun, when: str = "now") -> Outcome:
        nightly = regular.tonight if when == NIGHTLY else None
        return {"outcome": "done", "answer": (nightly or regular.now)(run)}

    run.__doc__ = regular.what
    clock_task(regular.name)(run)


for _regular in JOBS.values():
    _task(_regular)
