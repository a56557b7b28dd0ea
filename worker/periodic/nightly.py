"""Which time zones have a nightly job due: once a local day, from its hour on, however late."""

from collections.abc import Callable
from typing import Any

from db import clock, job_runs
from db.keyset_pagination import Scope
from domain.nightly_schedule import night_of
from worker.task_run import TaskRun

Answer = dict[str, Any]

NOTHING_DUE: Answer = {"skipped": True, "reason": "no_zone_due"}


def each_night(job: TaskRun, *, name: str, hour: int, run: Callable[[TaskRun, Scope], Answer]) -> Answer:
    """Runs for the zones that are due. What did not go well is tried again by the next hour's call."""
    with job.transaction() as session:
        now, zones = clock.now(session), job_runs.zones(session, name)
    nights = {zone: night_of(now, zone=zone, hour=hour) for zone in zones}
    due = {zone: night for zone, night in nights.items() if (done := zones[zone]) is None or done < night}
    if not due:
        return NOTHING_DUE
    answer = run(job, Scope(tuple(due)))
    if _went_well(answer):
        with job.transaction() as session:
            for zone, night in due.items():
                job_runs.mark_done(session, name, zone, night)
    return answer


def _went_well(answer: Answer) -> bool:
    return not answer.get("skipped") and bool(answer.get("success", not answer.get("errors")))
