"""The regular jobs, as beat fires them, as an outside scheduler asks for them, and as an operator runs them."""

from collections.abc import Callable
from functools import partial

from worker import regular
from worker.job import Job, Outcome, clock_task

NIGHTLY = "nightly"
"""Beat's word: only for the time zones whose hour has come. Without it: for every shop, now."""


def _task(name: str, answer: Callable[[Job], Outcome], nightly: Callable[[Job], Outcome] | None = None) -> None:
    @clock_task(name)
    def run(job: Job, when: str = "now") -> Outcome:
        """Handles everything that is due."""
        answered = nightly(job) if nightly and when == NIGHTLY else answer(job)
        return {"outcome": "done", "answer": answered}


for _name in regular.CHORES:
    _task(_name, partial(regular.run_one, name=_name))

_task("run_all_cleanup_jobs", regular.clean_up, regular.clean_up_tonight)
_task("run_all_reminder_jobs", regular.remind)
_task("resolve_outcomes", regular.resolve_outcomes, regular.resolve_outcomes_tonight)
