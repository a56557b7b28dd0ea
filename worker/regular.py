"""The regular jobs by name: what each does and answers, when the clock fires it, and what they consist of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from db import clock
from db.due_rows import EVERY_SHOP, Scope
from db.locks import advisory_lock
from domain.state import BookingStatus
from worker import chores, cleaning, letting_go, pace, reminding, settling
from worker.chores import Chore, Item, Ran
from worker.job import Job
from worker.nightly import each_night
from worker.tools import Tools

Answer = dict[str, Any]

CLEAN_UP: tuple[Chore, ...] = (
    letting_go.STALE_BOOKINGS,
    cleaning.OLD_NOTIFICATIONS,
    cleaning.EXPIRED_CODES,
    cleaning.ENDED_SESSIONS,
    cleaning.EXPIRED_INVITATIONS,
    cleaning.OLD_AUDIT_LOGS,
    cleaning.WEBHOOK_EVENTS,
    cleaning.SETTLED_TASKS,
)
REMIND: tuple[Chore, ...] = (reminding.BOOKING_REMINDERS, reminding.PAYMENT_REMINDERS)

# What the routes' summaries call a job, and its count.
IN_SUMMARY: Mapping[str, tuple[str, str]] = {
    "cleanup_stale_bookings": ("staleBookings", "cancelled"),
    "cleanup_old_notifications": ("notifications", "deleted"),
    "cleanup_expired_otps": ("otpCodes", "deleted"),
    "cleanup_old_audit_logs": ("auditLogs", "deleted"),
    "send_booking_reminders": ("bookingReminders", "sent"),
    "send_payment_reminders": ("paymentReminders", "sent"),
}


def run_one(job: Job, chore: Chore) -> Answer:
    """One job, for every shop, now."""
    return chores.run(job, chore, EVERY_SHOP).answer(chore.counts)


def clean_up(job: Job, scope: Scope = EVERY_SHOP) -> Answer:
    """Every clean-up; what fails in one doesn't keep the others from running."""
    return _all(job, CLEAN_UP, scope)


def remind(job: Job) -> Answer:
    """Both kinds of reminder, for every shop: the recipients' nights are looked at one by one."""
    return _all(job, REMIND, EVERY_SHOP)


def _all(job: Job, group: tuple[Chore, ...], scope: Scope) -> Answer:
    rans = {chore.name: chores.run(job, chore, scope) for chore in group}
    with job.transaction() as session:
        now = clock.now(session)
    return {
        "success": all(ran.success for ran in rans.values()),
        "timestamp": now.isoformat(),
        "summary": dict(_line(name, ran) for name, ran in rans.items() if name in IN_SUMMARY),
    }


def _line(name: str, ran: Ran) -> tuple[str, Answer]:
    called, counts = IN_SUMMARY[name]
    return called, {counts: ran.done, "errors": ran.errors}


def resolve_outcomes(job: Job, scope: Scope = EVERY_SHOP) -> Answer:
    """Unless another run is at it."""
    with advisory_lock(job.tools.engine, settling.ONE_AT_A_TIME) as ours:
        if not ours:
            return {"skipped": True, "reason": "locked"}
        resolved = settling.Resolved()
        ran = chores.run(job, settling.chore(resolved), scope)
    settled, voided = resolved.counts[BookingStatus.SETTLED], resolved.counts[BookingStatus.VOIDED]
    return {"total": settled + voided + len(ran.errors), "settled": settled, "voided": voided, "errors": ran.errors}


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """One job by the name of its task. `now`: for every shop; `tonight`: for the zones whose hour has come.

    `when` says in words when the clock fires it by itself, empty for a part of a group.
    """

    name: str
    what: str
    parts: tuple[Chore, ...]
    now: Callable[[Job], Answer]
    tonight: Callable[[Job], Answer] | None = None
    when: str = ""
    lock: int | None = None


def _part(chore: Chore) -> Regular:
    return Regular(name=chore.name, what=chore.what, parts=(chore,), now=partial(run_one, chore=chore))


_OUTCOMES = settling.chore(settling.Resolved())

JOBS: Mapping[str, Regular] = {
    job.name: job
    for job in (
        Regular(
            name="run_all_cleanup_jobs",
            what="Every clean-up, one after the other.",
            parts=CLEAN_UP,
            now=clean_up,
            tonight=partial(each_night, name="run_all_cleanup_jobs", hour=pace.CLEAN_UP.hour, run=clean_up),
            when=pace.CLEAN_UP.words,
        ),
        *map(_part, CLEAN_UP),
        Regular(
            name="run_all_reminder_jobs",
            what="Every reminder.",
            parts=REMIND,
            now=remind,
            when=pace.REMINDERS.words,
        ),
        *map(_part, REMIND),
        Regular(
            name=_OUTCOMES.name,
            what=_OUTCOMES.what,
            parts=(_OUTCOMES,),
            now=resolve_outcomes,
            tonight=partial(each_night, name=_OUTCOMES.name, hour=pace.OUTCOMES.hour, run=resolve_outcomes),
            when=pace.OUTCOMES.words,
            lock=settling.ONE_AT_A_TIME,
        ),
    )
}


EVERY: Mapping[str, timedelta] = {chore.name: chore.pace.every for job in JOBS.values() for chore in job.parts}
"""How often each job that has a row of its own is to run."""


def would_do(tools: Tools, job: Regular) -> Iterator[tuple[Chore, Item, str]]:
    """What a run would do now, with which item, in the order it would; nothing is changed."""
    for chore in job.parts:
        for batch in chores.due(tools, chore, EVERY_SHOP):
            for item in batch:
                if said := chore.says(tools, item):
                    yield chore, item, said
