"""The regular jobs by name: what each does and answers, when the clock fires it, and what they consist of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from db import clock
from db.keyset_pagination import EVERY_SHOP, Scope
from db.locks import advisory_lock
from domain.state import BookingStatus
from worker.appointments import release_stale_bookings, reminders, settle
from worker.dependencies import Dependencies
from worker.periodic import batch_job, delete_expired, schedule
from worker.periodic.batch_job import BatchItem, BatchJob, BatchResult
from worker.periodic.nightly import each_night
from worker.task_run import TaskRun

Answer = dict[str, Any]

CLEAN_UP: tuple[BatchJob, ...] = (
    release_stale_bookings.STALE_BOOKINGS,
    delete_expired.OLD_NOTIFICATIONS,
    delete_expired.EXPIRED_CODES,
    delete_expired.ENDED_SESSIONS,
    delete_expired.EXPIRED_INVITATIONS,
    delete_expired.OLD_AUDIT_LOGS,
    delete_expired.WEBHOOK_EVENTS,
    delete_expired.SETTLED_TASKS,
)
REMIND: tuple[BatchJob, ...] = (reminders.BOOKING_REMINDERS, reminders.PAYMENT_REMINDERS)

# What the routes' summaries call a job, and its count.
IN_SUMMARY: Mapping[str, tuple[str, str]] = {
    "cleanup_stale_bookings": ("staleBookings", "cancelled"),
    "cleanup_old_notifications": ("notifications", "deleted"),
    "cleanup_expired_otps": ("otpCodes", "deleted"),
    "cleanup_old_audit_logs": ("auditLogs", "deleted"),
    "send_booking_reminders": ("bookingReminders", "sent"),
    "send_payment_reminders": ("paymentReminders", "sent"),
}


def run_one(job: TaskRun, chore: BatchJob) -> Answer:
    """One job, for every shop, now."""
    return batch_job.run(job, chore, EVERY_SHOP).answer(chore.counts)


def clean_up(job: TaskRun, scope: Scope = EVERY_SHOP) -> Answer:
    """Every clean-up; what fails in one doesn't keep the others from running."""
    return _all(job, CLEAN_UP, scope)


def remind(job: TaskRun) -> Answer:
    """Both kinds of reminder, for every shop: the recipients' nights are looked at one by one."""
    return _all(job, REMIND, EVERY_SHOP)


def _all(job: TaskRun, group: tuple[BatchJob, ...], scope: Scope) -> Answer:
    rans = {chore.name: batch_job.run(job, chore, scope) for chore in group}
    with job.transaction() as session:
        now = clock.now(session)
    return {
        "success": all(ran.success for ran in rans.values()),
        "timestamp": now.isoformat(),
        "summary": dict(_line(name, ran) for name, ran in rans.items() if name in IN_SUMMARY),
    }


def _line(name: str, ran: BatchResult) -> tuple[str, Answer]:
    called, counts = IN_SUMMARY[name]
    return called, {counts: ran.done, "errors": ran.errors}


def resolve_outcomes(job: TaskRun, scope: Scope = EVERY_SHOP) -> Answer:
    """Unless another run is at it."""
    with advisory_lock(job.dependencies.engine, settle.ONE_AT_A_TIME) as ours:
        if not ours:
            return {"skipped": True, "reason": "locked"}
        resolved = settle.SettleResult()
        ran = batch_job.run(job, settle.chore(resolved), scope)
    settled, voided = resolved.counts[BookingStatus.SETTLED], resolved.counts[BookingStatus.VOIDED]
    return {"total": settled + voided + len(ran.errors), "settled": settled, "voided": voided, "errors": ran.errors}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicJob:
    """One job by the name of its task. `now`: for every shop; `tonight`: for the zones whose hour has come.

    `when` says in words when the clock fires it by itself, empty for a part of a group.
    """

    name: str
    what: str
    parts: tuple[BatchJob, ...]
    now: Callable[[TaskRun], Answer]
    tonight: Callable[[TaskRun], Answer] | None = None
    when: str = ""
    lock: int | None = None


def _part(chore: BatchJob) -> PeriodicJob:
    return PeriodicJob(name=chore.name, what=chore.what, parts=(chore,), now=partial(run_one, chore=chore))


_OUTCOMES = settle.chore(settle.SettleResult())

JOBS: Mapping[str, PeriodicJob] = {
    job.name: job
    for job in (
        PeriodicJob(
            name="run_all_cleanup_jobs",
            what="Every clean-up, one after the other.",
            parts=CLEAN_UP,
            now=clean_up,
            tonight=partial(each_night, name="run_all_cleanup_jobs", hour=schedule.CLEAN_UP.hour, run=clean_up),
            when=schedule.CLEAN_UP.words,
        ),
        *map(_part, CLEAN_UP),
        PeriodicJob(
            name="run_all_reminder_jobs",
            what="Every reminder.",
            parts=REMIND,
            now=remind,
            when=schedule.REMINDERS.words,
        ),
        *map(_part, REMIND),
        PeriodicJob(
            name=_OUTCOMES.name,
            what=_OUTCOMES.what,
            parts=(_OUTCOMES,),
            now=resolve_outcomes,
            tonight=partial(each_night, name=_OUTCOMES.name, hour=schedule.OUTCOMES.hour, run=resolve_outcomes),
            when=schedule.OUTCOMES.words,
            lock=settle.ONE_AT_A_TIME,
        ),
    )
}


EVERY: Mapping[str, timedelta] = {chore.name: chore.pace.every for job in JOBS.values() for chore in job.parts}
"""How often each job that has a row of its own is to run."""


def would_do(dependencies: Dependencies, job: PeriodicJob) -> Iterator[tuple[BatchJob, BatchItem, str]]:
    """What a run would do now, with which item, in the order it would; nothing is changed."""
    for chore in job.parts:
        for batch in batch_job.due(dependencies, chore, EVERY_SHOP):
            for item in batch:
                if said := chore.says(dependencies, item):
                    yield chore, item, said
