"""Cancels the payment and then the booking if the deposit was never paid, and notifies the customer."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db.appointments import appointments, stale_bookings
from db.appointments.appointments import FoundAppointment
from db.appointments.stale_bookings import StaleBooking
from db.messages import recipients
from db.messages.message_drafts import purpose_key
from db.tasks import pending_tasks
from domain import events as ev
from domain.state import BookingStatus
from domain.templates import TextKind
from messaging.channel_choice import quiet_until
from messaging.customer_messages import CustomerMessage, write_customer_messages
from worker.apply_events import apply_event
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import CLEANUP
from worker.task_run import TaskRun

BY = "clean-up"


def _release_all(run: TaskRun, stale: Sequence[StaleBooking]) -> Counter[str]:
    return Counter(cancelled=sum(_release(run, booking.id) for booking in stale))


def _release(run: TaskRun, appointment_id: UUID) -> bool:
    """Releases the booking. Returns False if it was paid or released in the meantime. Raises PostponedError."""
    with run.transaction() as session:
        found = _still_unpaid(session, appointment_id)
        if found is None:
            return False
        if found.source_slot_opening_id and (offer_id := appointments.accepted_offer(session, appointment_id)):
            # The recovery cancels its hold, notifies this customer and asks the next customer.
            apply_event(session, run.dependencies, found.source_slot_opening_id, ev.OfferDeclined(offer_id))
            return _still_unpaid(session, appointment_id) is None
        open_payments = appointments.open_payments(session, appointment_id)
    if any(end_or_wait(run, payment_id) for payment_id in open_payments):
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
        # The task checks whether the shop recovers unpaid bookings too.
        pending_tasks.add(session, "create_slot_opening", appointment_id, shop_id=found.shop_id)
        to = recipients.of_appointment(session, appointment_id)
        kind = TextKind.UNPAID_BOOKING_CANCELLED
        key = purpose_key(kind.value, appointment_id)
        # The job runs at night, but the message waits until the quiet hours end.
        message = CustomerMessage(kind=kind, to=to, key=key, not_before=quiet_until(to))
        write_customer_messages(session, run.dependencies.senders, [message])
        return True


STALE_BOOKINGS = BatchJob(
    name="cleanup_stale_bookings",
    description="Cancels the payment and the booking if a deposit was never paid, and notifies the customer.",
    schedule=CLEANUP,
    setting="STALE_HOURS",
    count_name="cancelled_count",
    summary=("stale_bookings", "cancelled"),
    page=lambda session, retention, *page: stale_bookings.page(session, *page, hours=retention.stale_hours),
    handle=_release_all,
    preview=lambda _, booking: f"cancel the unpaid booking of {booking.starts_at:%Y-%m-%d %H:%M} UTC",
)
