"""The regular jobs, as beat fires them, as an outside scheduler asks for them, and as an operator runs them."""

from worker.job import Job, Outcome, clock_task
from worker.regular import JOBS, Regular

NIGHTLY = "nightly"
"""Beat's word: only for the time zones whose hour has come. Without it: for every shop, now."""


def _task(regular: Regular) -> None:
    def run(job: Job, when: str = "now") -> Outcome:
        nightly = regular.tonight if when == NIGHTLY else None
        return {"outcome": "done", "answer": (nightly or regular.now)(job)}

    run.__doc__ = regular.what
    clock_task(regular.name)(run)


for _regular in JOBS.values():
    _task(_regular)
