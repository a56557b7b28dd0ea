"""Bookings whose deposit never came: the payment is cancelled first, then the time is free and the customer told."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db import appointments, pending_tasks, recipients, stale_bookings
from db.appointments import FoundAppointment
from db.keyset_pagination import PageKey, Scope
from db.stale_bookings import StaleBooking
from domain import events as ev
from domain.state import BookingStatus
from domain.templates import TextKind
from messaging.channel_choice import quiet_until
from messaging.customer_messages import CustomerMessage, write_customer_messages
from messaging.purpose_keys import purpose_key
from settings.retention_periods import RetentionSettings
from worker.apply_events import apply_event
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import CLEAN_UP
from worker.task_run import TaskRun

BY = "clean-up"


def _page(session: Session, kept: RetentionSettings, scope: Scope, after: PageKey, limit: int) -> list[StaleBooking]:
    return stale_bookings.page(session, scope, after, limit, hours=kept.stale_hours)


def _let_go(run: TaskRun, stale: Sequence[StaleBooking]) -> int:
    return sum(let_go(run, one.id) for one in stale)


def let_go(run: TaskRun, appointment_id: UUID) -> bool:
    """Whether it is cancelled now. False: it was paid at the last moment, or somebody was faster. Raises Waits."""
    with run.transaction() as session:
        found = _still_unpaid(session, appointment_id)
        if found is None:
            return False
        if found.source_slot_opening_id and (offer_id := appointments.accepted_offer(session, appointment_id)):
            # A hold is given up the way every hold is; its recovery asks the next customer and tells this one.
            apply_event(session, run.dependencies, found.source_slot_opening_id, ev.OfferDeclined(offer_id))
            return _still_unpaid(session, appointment_id) is None
        waiting = appointments.open_payments(session, appointment_id)
    for payment_id in waiting:
        if end_or_wait(run, payment_id):
            return False
    return _cancel(run, appointment_id)


def _still_unpaid(session: Session, appointment_id: UUID) -> FoundAppointment | None:
    found = appointments.find(session, appointment_id)
    unpaid = found is not None and found.facts.status is BookingStatus.PENDING_PAYMENT and not found.facts.paid
    return found if unpaid else None


def _cancel(run: TaskRun, appointment_id: UUID) -> bool:
    with run.transaction() as session:
        found = _still_unpaid(session, appointment_id)
        if found is None or not appointments.mark_cancelled(session, found, by=BY):
            return False
        appointments.end_payments(session, appointment_id)
        # Whether an unpaid time is sold again as well is the shop's wish; the task knows it.
        pending_tasks.add(session, "create_slot_opening", appointment_id, shop_id=found.shop_id)
        to = recipients.of_appointment(session, appointment_id)
        kind = TextKind.UNPAID_BOOKING_CANCELLED
        key = purpose_key(kind.value, appointment_id)
        # The clean-up runs at night, in the quiet hours.
        message = CustomerMessage(kind=kind, to=to, key=key, not_before=quiet_until(to))
        write_customer_messages(session, run.dependencies.senders, [message])
        return True


STALE_BOOKINGS = BatchJob(
    name="cleanup_stale_bookings",
    what="Cancels bookings whose deposit has not come, their payment first, and tells the customer.",
    setting="STALE_HOURS",
    counts="cancelled_count",
    page=_page,
    do=_let_go,
    pace=CLEAN_UP,
    says=lambda _, one: f"cancel the unpaid booking of {one.starts_at:%Y-%m-%d %H:%M} UTC",
)
