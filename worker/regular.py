"""The regular jobs and their groups: what each answers."""

from collections.abc import Mapping
from typing import Any

from db import clock
from db.due_rows import EVERY_SHOP, Scope
from db.locks import advisory_lock
from domain.state import BookingStatus
from worker import chores, cleaning, letting_go, reminding, settling
from worker.chores import Chore, Ran
from worker.job import Job
from worker.nightly import each_night

Answer = dict[str, Any]

CLEAN_UP_HOUR, OUTCOMES_HOUR = 2, 0
"""By the wall clock of each shop's zone."""

CLEAN_UP: tuple[Chore, ...] = (
    letting_go.STALE_BOOKINGS,
    cleaning.OLD_NOTIFICATIONS,
    cleaning.EXPIRED_CODES,
    cleaning.ENDED_SESSIONS,
    cleaning.OLD_AUDIT_LOGS,
    cleaning.WEBHOOK_EVENTS,
    cleaning.SETTLED_TASKS,
)
REMIND: tuple[Chore, ...] = (reminding.BOOKING_REMINDERS, reminding.PAYMENT_REMINDERS)
CHORES: Mapping[str, Chore] = {chore.name: chore for chore in CLEAN_UP + REMIND}

# What the route's summary calls a job, and its count.
IN_SUMMARY: Mapping[str, tuple[str, str]] = {
    "cleanup_stale_bookings": ("staleBookings", "cancelled"),
    "cleanup_old_notifications": ("notifications", "deleted"),
    "cleanup_expired_otps": ("otpCodes", "deleted"),
    "cleanup_old_audit_logs": ("auditLogs", "deleted"),
    "send_booking_reminders": ("bookingReminders", "sent"),
    "send_payment_reminders": ("paymentReminders", "sent"),
}


def run_one(job: Job, name: str) -> Answer:
    """One job, for every shop, now."""
    chore = CHORES[name]
    return chores.run(job, chore, EVERY_SHOP).answer(chore.counts)


def clean_up(job: Job, scope: Scope = EVERY_SHOP) -> Answer:
    """Every clean-up; what fails in one doesn't keep the others from running."""
    return _all(job, CLEAN_UP, scope)


def clean_up_tonight(job: Job) -> Answer:
    """The same for the zones where it has struck two."""
    return each_night(job, "run_all_cleanup_jobs", hour=CLEAN_UP_HOUR, run=clean_up)


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
        "summary": {
            IN_SUMMARY[name][0]: _line(IN_SUMMARY[name][1], ran) for name, ran in rans.items() if name in IN_SUMMARY
        },
    }


def _line(counts: str, ran: Ran) -> Answer:
    return {counts: ran.done, "errors": ran.errors}


def resolve_outcomes(job: Job, scope: Scope = EVERY_SHOP) -> Answer:
    """Unless another run is at it."""
    with advisory_lock(job.tools.engine, settling.ONE_AT_A_TIME) as ours:
        if not ours:
            return {"skipped": True, "reason": "locked"}
        resolved = settling.Resolved()
        ran = chores.run(job, settling.chore(resolved), scope)
    settled, voided = resolved.counts[BookingStatus.SETTLED], resolved.counts[BookingStatus.VOIDED]
    return {"total": settled + voided + len(ran.errors), "settled": settled, "voided": voided, "errors": ran.errors}


def resolve_outcomes_tonight(job: Job) -> Answer:
    """The same for the zones where it has struck midnight."""
    return each_night(job, "resolve_outcomes", hour=OUTCOMES_HOUR, run=resolve_outcomes)
