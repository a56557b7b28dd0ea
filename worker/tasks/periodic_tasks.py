"""The periodic jobs as Celery tasks: run by beat, by an external scheduler or by an operator."""

from worker.periodic.periodic_jobs import JOBS, PeriodicJob
from worker.task_run import Outcome, TaskRun, clock_task

NIGHTLY = "nightly"
"""The argument from beat: run only for the time zones where the job is due. Without it: for every shop, now."""


def _register(job: PeriodicJob) -> None:
    def body(run: TaskRun, when: str = "now") -> Outcome:
        return {"outcome": "done", "answer": job.run_if_due(run) if when == NIGHTLY else job.run(run)}

    body.__doc__ = job.description
    clock_task(job.name)(body)


for _job in JOBS.values():
    _register(_job)
