"""Offers the old times of moved appointments."""

from uuid import UUID

from sqlalchemy.orm import Session

from db.appointments import appointment_moves, appointments, overlaps, slot_times
from db.appointments.appointment_moves import OldTime, before_the_move
from db.appointments.appointments import FoundAppointment
from db.appointments.overlaps import Time
from db.appointments.slot_times import FreedTime
from db.tasks import pending_tasks
from domain import events as ev
from domain.cancellation import why_time_not_sold
from domain.effects import AskNext
from domain.state import LIVE_BOOKINGS
from domain.templates import TextKind
from worker.apply_events import apply_event
from worker.appointments.cancellations import offer_freed_time
from worker.appointments.tell_of_changes import tell
from worker.dependencies import Dependencies
from worker.task_run import Outcome, TaskRun, task

STILL_BOOKED = "The old time overlaps an appointment."
"""For example because the appointment was only made longer."""


@task("free_old_time")
def free_old_time(run: TaskRun, move_id: UUID) -> Outcome:
    """Opens a slot, once, at the time that a moved appointment has freed."""
    with run.last_transaction() as session:
        return run.settle(session, _free(session, run.dependencies, move_id))


def _free(session: Session, dependencies: Dependencies, move_id: UUID) -> Outcome:
    """Opens or reopens the slot of the old time under the same rules as for a cancellation."""
    old = appointment_moves.old_time(session, move_id)
    found = appointments.find(session, old.appointment_id) if old else None
    if old is None or found is None:
        return {"outcome": "not found", "reason": "The move does not exist."}
    if old.in_calendar == appointment_moves.WAITING:
        pending_tasks.add(session, "move_in_calendar", move_id, shop_id=old.shop_id)
        return {"outcome": "waits", "reason": "The move is written to the calendar first."}
    if old.in_calendar == appointment_moves.UNDONE:
        return {"outcome": "undone", "reason": "The calendar rejected the move."}
    _tell(session, dependencies, found, old, move_id)
    why_not = why_time_not_sold(before_the_move(found, old).facts, now=found.now, policy=found.policy)
    if not why_not and overlaps.conflicting(session, Time(old.shop_id, old.starts_at, old.ends_at, old.performer_id)):
        why_not = STILL_BOOKED
    if why_not:
        return _leave_closed(session, dependencies, old, why_not)
    freed = FreedTime(
        old.shop_id, old.performer_id, old.starts_at, old.ends_at, source_appointment_id=old.appointment_id
    )
    return offer_freed_time(session, dependencies, found, slot_times.open_time(session, freed), moved=True)


def _tell(session: Session, dependencies: Dependencies, found: FoundAppointment, old: OldTime, move_id: UUID) -> None:
    """Notifies the customer. After several consecutive moves, only the last move sends a notification."""
    wanted = old.tell_customer and found.facts.status in LIVE_BOOKINGS
    if wanted and not appointment_moves.is_told_later(session, move_id):
        tell(session, dependencies, TextKind.APPOINTMENT_MOVED, found.id, about=move_id)


def _leave_closed(session: Session, dependencies: Dependencies, old: OldTime, why_not: str) -> Outcome:
    """Closes the opening that the moved appointment had filled. The opening would otherwise stay filled."""
    if old.slot_opening_id:
        decision = apply_event(session, dependencies, old.slot_opening_id, ev.AppointmentCancelled(moved=True))
        if decision and AskNext() in decision.effects:
            apply_event(session, dependencies, old.slot_opening_id, ev.SearchStopped(why_not))
    return {"outcome": "not sold again", "reason": why_not}
