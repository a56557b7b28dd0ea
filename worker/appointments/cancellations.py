"""Opens the slots of cancelled appointments, and cancels unpaid appointments."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import audit
from db.appointments import appointments
from db.appointments.appointments import FoundAppointment
from db.messages import text_context
from db.messages.message_drafts import purpose_key
from db.tasks import pending_tasks
from domain import events as ev
from domain.cancellation import why_not_sold_again
from domain.effects import AskNext
from domain.state import LIVE_BOOKINGS, BookingStatus
from domain.templates import TextKind
from messaging.write_text import TextSubject, write_text
from telemetry import logs
from worker.apply_events import apply_event
from worker.appointments.tell_of_changes import tell
from worker.dependencies import Dependencies
from worker.payments.cancel_then_release import Release, make_unpayable
from worker.task_run import Outcome, TaskRun, task

OPENED_BY_CANCELLATION = "A paid appointment was cancelled; its time is offered to other customers."
OPENED_BY_MOVE_UP = "A customer was moved to an earlier time; the later one is offered to other customers."
OPENED_BY_MOVE = "An appointment was moved; its old time is offered to other customers."

NOTHING_TO_CANCEL: Outcome = {"outcome": "nothing to cancel"}


@task("create_slot_opening")
def create_slot_opening(run: TaskRun, appointment_id: UUID) -> Outcome:
    """Opens the slot of a cancelled appointment, once."""
    with run.last_transaction() as session:
        return run.settle(session, open_slot(session, run.dependencies, appointment_id))


def open_slot(session: Session, dependencies: Dependencies, appointment_id: UUID) -> Outcome:
    """Opens or reopens the slot of the appointment. The outcome gives the reason if the slot can't be opened."""
    found = appointments.find(session, appointment_id)
    if found is None:
        return {"outcome": "not found", "reason": "The appointment does not exist."}
    if found.cancelled_by == "customer":
        _confirm(session, dependencies, appointment_id)
    elif found.tell_customer and found.facts.status is BookingStatus.CANCELLED:
        tell(session, dependencies, TextKind.APPOINTMENT_CANCELLED, appointment_id, about=appointment_id)
    why_not = why_not_sold_again(found.facts, now=found.now, policy=found.policy)
    if why_not:
        return _leave_closed(session, dependencies, found, why_not)
    return offer_freed_time(session, dependencies, found, appointments.open_slot(session, appointment_id))


def offer_freed_time(
    session: Session,
    dependencies: Dependencies,
    found: FoundAppointment,
    slot: tuple[UUID, bool],
    *,
    moved: bool = False,
) -> Outcome:
    """Starts a customer search for a new slot opening, or reopens an existing opening.

    `slot`: the id of the opening, and whether it is new.
    """
    slot_id, is_new = slot
    logs.bind(slot_opening_id=slot_id)
    if not is_new:
        decision = apply_event(session, dependencies, slot_id, ev.AppointmentCancelled(moved=moved))
        again = decision.reason if decision else None
        return {"outcome": "opened before", "slot_opening_id": str(slot_id), "reason": again}
    freed = OPENED_BY_MOVE_UP if found.facts.moved_up else OPENED_BY_CANCELLATION
    reason = OPENED_BY_MOVE if moved else freed
    audit.note(
        session,
        event="SlotOpened",
        reason=reason,
        shop_id=found.shop_id,
        slot_opening_id=slot_id,
        appointment_id=found.id,
    )
    pending_tasks.add(session, "send_next_offer", slot_id, shop_id=found.shop_id)
    return {"outcome": "opened", "slot_opening_id": str(slot_id), "reason": reason}


def _confirm(session: Session, dependencies: Dependencies, appointment_id: UUID) -> None:
    """Texts the customer once that the appointment has been cancelled, unless the customer has opted out."""
    cancelled = text_context.own_cancellation(session, appointment_id)
    if cancelled is not None:
        write_text(
            session,
            TextKind.CANCELLED_BY_CUSTOMER,
            customer_id=cancelled.customer_id,
            purpose_key=purpose_key(TextKind.CANCELLED_BY_CUSTOMER.value, appointment_id),
            subject=TextSubject(appointment_id=appointment_id, paid=cancelled.paid),
            senders=dependencies.senders,
        )


def _leave_closed(session: Session, dependencies: Dependencies, found: FoundAppointment, why_not: str) -> Outcome:
    """Closes the slot of a cancelled recovered booking if the time is not resold.

    The slot would otherwise stay filled.
    """
    if found.source_slot_opening_id and found.facts.status is BookingStatus.CANCELLED:
        decision = apply_event(session, dependencies, found.source_slot_opening_id, ev.AppointmentCancelled())
        if decision and AskNext() in decision.effects:
            apply_event(session, dependencies, found.source_slot_opening_id, ev.SearchStopped(why_not))
    return {"outcome": "not sold again", "reason": why_not}


@task("cancel_appointment")
def cancel_unpaid(run: TaskRun, appointment_id: UUID, by: str = "operator") -> Outcome:
    """Cancels the open payments of an unpaid appointment, then the appointment. A hold whose payment has succeeded is
    booked instead.

    If a booking was confirmed before its deposit was paid, it is cancelled even if the deposit has now been paid, and
    the deposit is kept. `by`: as in `appointments.request_cancellation`.
    """
    with run.transaction() as session:
        found = appointments.find(session, appointment_id)
        waiting = appointments.open_payments(session, appointment_id)
    if found is None or found.facts.status not in LIVE_BOOKINGS:
        return NOTHING_TO_CANCEL
    held = found.facts.status is BookingStatus.PENDING_PAYMENT
    if held and found.source_slot_opening_id:
        return _give_up_hold(run, appointment_id, found.source_slot_opening_id, by=by, actor=found.requested_by)
    for payment_id in waiting:
        released = make_unpayable(run, payment_id)
        if released in {Release.PROCESSING, Release.LATER}:
            return _later(run)
        if held and released is Release.PAID:
            return {"outcome": "kept", "reason": "It was paid in the meantime, so it is booked."}
    return _cancel(run, appointment_id, by=by)


def _give_up_hold(
    run: TaskRun, appointment_id: UUID, slot_opening_id: UUID, *, by: str, actor: str | None
) -> Outcome:
    """Cancels the hold by applying an event to the recovery."""
    with run.transaction() as session:
        reason = "" if by == "customer" else f"The booking was cancelled by {appointments.whom(by, actor)}."
        event = ev.OfferDeclined(appointments.accepted_offer(session, appointment_id), reason)
        decision = apply_event(session, run.dependencies, slot_opening_id, event, actor=actor or by)
        reason = decision.reason if decision else "Nothing is held."
        return run.settle(session, {"outcome": "hold given up", "reason": reason})


def _later(run: TaskRun) -> Outcome:
    with run.transaction() as session:
        return run.retry_when_available(session, reason="The payment can't be cancelled just now.")


def _cancel(run: TaskRun, appointment_id: UUID, *, by: str) -> Outcome:
    with run.transaction() as session:
        found = appointments.find(session, appointment_id)
        if found is None or not appointments.mark_cancelled(session, found, by=by, actor=found.requested_by):
            return NOTHING_TO_CANCEL
        appointments.end_payments(session, appointment_id)
        pending_tasks.add(session, "create_slot_opening", appointment_id, shop_id=found.shop_id)
        return run.settle(session, {"outcome": "cancelled"})
