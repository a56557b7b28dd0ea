"""Bookings whose deposit never came: the payment is cancelled first, then the time is free and the customer told."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db import appointments, pending_tasks, recipients, stale_bookings
from db.appointments import Found
from db.due_rows import Place, Scope
from db.stale_bookings import Stale
from domain import events as ev
from domain.state import BookingStatus
from domain.templates import Kind
from settings.retention import RetentionSettings
from worker import reminding
from worker.chores import Chore
from worker.decisions import happens
from worker.job import Job
from worker.notices import Told, quiet_until
from worker.pace import CLEAN_UP
from worker.releasing import end_or_wait

BY = "clean-up"


def _page(session: Session, kept: RetentionSettings, scope: Scope, after: Place, limit: int) -> list[Stale]:
    return stale_bookings.page(session, scope, after, limit, hours=kept.stale_hours)


def _let_go(job: Job, stale: Sequence[Stale]) -> int:
    return sum(let_go(job, one.id) for one in stale)


def let_go(job: Job, appointment_id: UUID) -> bool:
    """Whether it is cancelled now. False: it was paid at the last moment, or somebody was faster. Raises Waits."""
    with job.transaction() as session:
        found = _still_unpaid(session, appointment_id)
        if found is None:
            return False
        if found.source_slot_opening_id and (offer_id := appointments.accepted_offer(session, appointment_id)):
            # A hold is given up the way every hold is; its recovery asks the next customer and tells this one.
            happens(session, job.tools, found.source_slot_opening_id, ev.OfferDeclined(offer_id))
            return _still_unpaid(session, appointment_id) is None
        waiting = appointments.open_payments(session, appointment_id)
    for payment_id in waiting:
        if end_or_wait(job, payment_id):
            return False
    return _cancel(job, appointment_id)


def _still_unpaid(session: Session, appointment_id: UUID) -> Found | None:
    found = appointments.find(session, appointment_id)
    unpaid = found is not None and found.facts.status is BookingStatus.PENDING_PAYMENT and not found.facts.paid
    return found if unpaid else None


def _cancel(job: Job, appointment_id: UUID) -> bool:
    with job.transaction() as session:
        found = _still_unpaid(session, appointment_id)
        if found is None or not appointments.mark_cancelled(session, found, by=BY):
            return False
        appointments.end_payments(session, appointment_id)
        # Whether an unpaid time is sold again as well is the shop's wish; the task knows it.
        pending_tasks.add(session, "create_slot_opening", appointment_id, shop_id=found.shop_id)
        to = recipients.of_appointment(session, appointment_id)
        key = f"{Kind.UNPAID_BOOKING_CANCELLED.value}:{appointment_id}"
        # The clean-up runs at night, when nobody is told anything.
        told = Told(kind=Kind.UNPAID_BOOKING_CANCELLED, to=to, key=key, not_before=quiet_until(to))
        reminding.tell(session, job, [told])
        return True


STALE_BOOKINGS = Chore(
    name="cleanup_stale_bookings",
    what="Cancels bookings whose deposit has not come, their payment first, and tells the customer.",
    setting="STALE_HOURS",
    counts="cancelled_count",
    page=_page,
    do=_let_go,
    pace=CLEAN_UP,
    says=lambda _, one: f"cancel the unpaid booking of {one.starts_at:%Y-%m-%d %H:%M} UTC",
)
