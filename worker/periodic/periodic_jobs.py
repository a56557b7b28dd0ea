"""The table of periodic jobs: the Celery task, schedule, parts and response of each job."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from db import clock
from db.keyset_pagination import EVERY_SHOP, ShopScope
from db.locks import advisory_lock
from db.tasks import job_runs
from domain.nightly_schedule import night_of
from outbox.job_answers import (
    CleanedUp,
    JobAnswer,
    NotDue,
    Reminded,
    ResolvedCounts,
    SingleJobAnswer,
    Skipped,
    has_errors,
)
from worker.appointments import release_stale_bookings, reminders, settle
from worker.dependencies import Dependencies
from worker.periodic import batch_job, delete_expired, expire_waitlist_entries, schedule, summaries_job
from worker.periodic.batch_job import BatchItem, BatchJob, BatchResult
from worker.periodic.schedule import Hourly, Nightly
from worker.task_run import Outcome, TaskRun, clock_task

Results = Sequence[tuple[BatchJob, BatchResult]]

CLEANUP = (release_stale_bookings.STALE_BOOKINGS, expire_waitlist_entries.PAST_ENTRIES, *delete_expired.JOBS)
REMINDERS = (reminders.BOOKING_REMINDERS, reminders.PAYMENT_REMINDERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicJob:
    """A Celery task that runs one or more batch jobs.

    `schedule`: when beat runs the job, or None for a part of a group. `lock`: the advisory lock held during a run.
    """

    name: str
    description: str
    parts: tuple[BatchJob, ...]
    answer: Callable[[TaskRun, Results], JobAnswer]
    schedule: Nightly | Hourly | None = None
    lock: int | None = None

    def run(self, run: TaskRun, scope: ShopScope = EVERY_SHOP) -> JobAnswer:
        """Runs all parts, even if one of them has errors. Skips the run while another run holds the lock."""
        with advisory_lock(run.dependencies.engine, self.lock) if self.lock else nullcontext(True) as acquired:
            if not acquired:
                return Skipped(skipped=True, reason="locked")
            return self.answer(run, [(part, batch_job.run(run, part, scope)) for part in self.parts])

    def run_if_due(self, run: TaskRun) -> JobAnswer:
        """Runs a nightly job for the time zones in which its hour has passed since the last run without errors."""
        if not isinstance(self.schedule, Nightly):
            return self.run(run)
        with run.transaction() as session:
            now, done = clock.now(session), job_runs.zones(session, self.name)
        nights = {zone: night_of(now, zone=zone, hour=self.schedule.hour) for zone in done}
        due = {zone: night for zone, night in nights.items() if (last := done[zone]) is None or last < night}
        if not due:
            return NotDue(skipped=True, reason="no_zone_due")
        answer = self.run(run, ShopScope(tuple(due)))
        if not isinstance(answer, Skipped) and not has_errors(answer):
            with run.transaction() as session:
                for zone, night in due.items():
                    job_runs.mark_done(session, self.name, zone, night)
        return answer

    def preview(self, dependencies: Dependencies) -> Iterator[tuple[BatchJob, BatchItem, str]]:
        """Yields the action that a run would take for each item now, in order. Changes nothing."""
        for part in self.parts:
            for batch in batch_job.due_batches(dependencies, part, EVERY_SHOP):
                for item in batch:
                    if text := part.preview(dependencies, item):
                        yield part, item, text


def _group_answer(model: type[CleanedUp] | type[Reminded], run: TaskRun, results: Results) -> JobAnswer:
    with run.transaction() as session:
        now = clock.now(session)
    summary = {
        part.summary[0]: {part.summary[1]: result.done, "errors": result.errors}
        for part, result in results
        if part.summary
    }
    failed = any(result.errors for _, result in results)
    return model.model_validate({"success": not failed, "timestamp": now, "summary": summary})


def _part_answer(_: TaskRun, results: Results) -> JobAnswer:
    ((part, result),) = results
    count = {part.count_name: result.done}
    return SingleJobAnswer.model_validate({"success": not result.errors, **count, "errors": result.errors})


def _outcomes_answer(_: TaskRun, results: Results) -> JobAnswer:
    result = results[0][1]
    return ResolvedCounts(
        total=result.done + len(result.errors),
        settled=result.counts["settled"],
        voided=result.counts["voided"],
        errors=result.errors,
    )


def _part(job: BatchJob) -> PeriodicJob:
    return PeriodicJob(name=job.name, description=job.description, parts=(job,), answer=_part_answer)


JOBS: Mapping[str, PeriodicJob] = {
    job.name: job
    for job in (
        PeriodicJob(
            name="run_all_cleanup_jobs",
            description="Runs all cleanup jobs, one after another.",
            parts=CLEANUP,
            answer=partial(_group_answer, CleanedUp),
            schedule=schedule.CLEANUP,
        ),
        *map(_part, CLEANUP),
        PeriodicJob(
            name="run_all_reminder_jobs",
            description="Sends all kinds of reminders.",
            parts=REMINDERS,
            answer=partial(_group_answer, Reminded),
            schedule=schedule.REMINDERS,
        ),
        *map(_part, REMINDERS),
        PeriodicJob(
            name=settle.RESOLVE_OUTCOMES.name,
            description=settle.RESOLVE_OUTCOMES.description,
            parts=(settle.RESOLVE_OUTCOMES,),
            answer=_outcomes_answer,
            schedule=schedule.OUTCOMES,
            lock=settle.RESOLVE_OUTCOMES_LOCK,
        ),
        PeriodicJob(
            name=summaries_job.WEEKLY_SUMMARIES.name,
            description=summaries_job.WEEKLY_SUMMARIES.description,
            parts=(summaries_job.WEEKLY_SUMMARIES,),
            answer=_part_answer,
            schedule=schedule.SUMMARIES,
        ),
    )
}


INTERVALS: Mapping[str, timedelta] = {part.name: part.schedule.every for job in JOBS.values() for part in job.parts}
"""The interval of each batch job."""


NIGHTLY = "nightly"
"""The argument that beat passes: the job runs only for shops in time zones where its hour has passed.

Without this argument, the job runs for all shops now.
"""


def _register(job: PeriodicJob) -> None:
    def body(run: TaskRun, when: str = "now") -> Outcome:
        return {"outcome": "done", "answer": job.run_if_due(run) if when == NIGHTLY else job.run(run)}

    body.__doc__ = job.description
    clock_task(job.name)(body)


for _job in JOBS.values():
    _register(_job)
