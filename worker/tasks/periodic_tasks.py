"""The periodic jobs as tasks, started by beat, an outside scheduler or an operator."""

from worker.periodic.periodic_jobs import JOBS, PeriodicJob
from worker.task_run import Outcome, TaskRun, clock_task

NIGHTLY = "nightly"
"""Beat's argument: the job runs only for shops in time zones where its hour has come.

Without it, the job runs for all shops now.
"""


def _register(job: PeriodicJob) -> None:
    def body(run: TaskRun, when: str = "now") -> Outcome:
        return {"outcome": "done", "answer": job.run_if_due(run) if when == NIGHTLY else job.run(run)}

    body.__doc__ = job.description
    clock_task(job.name)(body)


for _job in JOBS.values():
    _register(_job)
