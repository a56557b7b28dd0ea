"""Writes the shop's moves of appointments to the calendar that contains the booking.

Undoes a move that the calendar refuses.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from db.appointments import appointment_moves
from db.appointments.appointment_moves import OldTime
from db.appointments.overlaps import OverlapError
from db.calendars import calendar_writes
from db.calendars.calendar_writes import AppointmentThere
from domain.calendars.source_booking import SourceBooking, SourceStatus
from domain.date_wording import on_the_day
from domain.state import LIVE_BOOKINGS
from domain.templates import TextKind
from providers.calendars.port import BookedThere, NotThere, RefusedThere, TakenThere
from providers.calendars.registry import PROVIDERS
from worker.appointments.tell_of_changes import tell
from worker.calendars.apply_booking import sync_later
from worker.calendars.calendar_connections import GONE, OpenCalendar, tell_staff, with_calendar
from worker.calendars.write_back import HOLD_ENDS, NOTHING, order_for
from worker.task_run import Outcome, TaskRun, task

MOST_MOVES = 5
"""The maximum number of successive replacements to follow, if moves in the calendar replace a booking with another
booking.
"""

TAKEN = "the new time is taken there"


@task("move_in_calendar")
def write_move(run: TaskRun, move_id: UUID) -> Outcome:
    """Updates the booking in the calendar after the shop has moved the appointment.

    Undoes the move if the calendar refuses it. A repeated attempt finds that the booking has already been moved.
    """
    with run.transaction() as session:
        move = appointment_moves.old_time(session, move_id)
        found = calendar_writes.appointment(session, move.appointment_id) if move else None
        if move is None or found is None or move.in_calendar != appointment_moves.WAITING:
            return run.settle(session, NOTHING)
        if found.calendar_id is None or found.external_id is None or found.status not in LIVE_BOOKINGS:
            return _accepted(run, session, move_id, move)
    moved = with_calendar(
        run, found.calendar_id, lambda o: _move(run, o, move_id, move, found), waits_for_resume=True
    )
    if moved is not GONE:
        return moved
    with run.transaction() as session:
        return _accepted(run, session, move_id, move)


def _accepted(run: TaskRun, session: Session, move_id: UUID, move: OldTime) -> Outcome:
    """Records that the move was written. The old time can now be sold."""
    appointment_moves.note_written(session, move_id, move.shop_id)
    return run.settle(session, {"outcome": "moved there"})


def _move(run: TaskRun, opened: OpenCalendar, move_id: UUID, move: OldTime, found: AppointmentThere) -> Outcome:
    there = _standing(run, opened, str(found.external_id))
    if there is None:
        # The booking was cancelled in the calendar. The next read cancels the appointment.
        with run.transaction() as session:
            sync_later(session, opened.stored, str(found.external_id))
            return _accepted(run, session, move_id, move)
    answer = _asked(run, opened, there, found)
    if isinstance(answer, BookedThere):
        with run.transaction() as session:
            calendar_writes.record_move(session, found.id, str(answer.external_id))
            return _accepted(run, session, move_id, move)
    taken = isinstance(answer, TakenThere)
    if taken and _our_hold_ends(run, opened, found):
        with run.transaction() as session:
            return run.later(session, delay=HOLD_ENDS, reason="Our own hold blocks the time.")
    return _undo(run, opened, move_id, found, TAKEN if taken else answer.reason)  # type: ignore[union-attr]


def _standing(run: TaskRun, opened: OpenCalendar, external_id: str) -> SourceBooking | None:
    """Returns the booking, or its replacement if it was moved in the calendar, or None if it was cancelled."""
    for _ in range(MOST_MOVES):
        there = run.dependencies.calendars.fetch(opened.connection, external_id)
        if isinstance(there, NotThere):
            return None
        if not there.followed_by:
            return there if there.status is SourceStatus.BOOKED else None
        external_id = there.followed_by
    return None


def _asked(
    run: TaskRun, opened: OpenCalendar, there: SourceBooking, found: AppointmentThere
) -> BookedThere | TakenThere | RefusedThere:
    same_staff = found.staff_there is None or there.staff is None or there.staff.external_id == found.staff_there
    if same_staff and (there.starts_at, there.ends_at) == (found.starts_at, found.ends_at):
        return BookedThere(there.external_id)
    length = there.ends_at - there.starts_at if there.ends_at and there.starts_at else None
    if PROVIDERS[opened.stored.kind].keeps_length and length != found.ends_at - found.starts_at:
        return RefusedThere("its length can only be changed there")
    return run.dependencies.calendars.move(opened.connection, there, order_for(found, attempt=1))


def _our_hold_ends(run: TaskRun, opened: OpenCalendar, found: AppointmentThere) -> bool:
    """Releases our hold at the new time, because this appointment fills the offered slot."""
    with run.transaction() as session:
        held = calendar_writes.holds_over(session, opened.stored.id, found.starts_at, found.ends_at)
    for slot_opening_id, external_id in held:
        run.dependencies.calendars.release(opened.connection, external_id)
        with run.transaction() as session:
            calendar_writes.drop_hold(session, slot_opening_id, external_id)
    return bool(held)


def _undo(run: TaskRun, opened: OpenCalendar, move_id: UUID, found: AppointmentThere, why: str) -> Outcome:
    """Moves the appointment back, and notifies the staff."""
    stored = opened.stored
    at = on_the_day(found.starts_at, zone=stored.timezone, locale=found.locale)
    refused = f"“{stored.name}” did not accept the move of an appointment to {at}: {why.rstrip('.')}."
    with run.transaction() as session:
        try:
            undone = appointment_moves.undo(session, found.id, reason=f"{refused} The move was undone.")
            text = f"{refused} The appointment is at its old time again."
        except OverlapError:
            undone = True
            appointment_moves.give_up(session, found.id)
            text = f"{refused} Its old time is taken here. Move or cancel it."
        if not undone:
            appointment_moves.note_written(session, move_id, stored.shop_id)
            return run.settle(session, NOTHING)
        _tell_of_earlier_move(session, run, move_id, found.id)
        tell_staff(session, stored, text, key=f"move_refused:{move_id}")
        sync_later(session, stored, str(found.external_id))
        return run.settle(session, {"outcome": "undone", "reason": refused})


def _tell_of_earlier_move(session: Session, run: TaskRun, undone_move_id: UUID, appointment_id: UUID) -> None:
    """Notifies the customer of an earlier move that applies again, if the message about the undone move was meant to
    replace the message about the earlier move.
    """
    earlier = appointment_moves.untold_move(session, undone_move_id)
    if earlier is not None:
        tell(session, run.dependencies, TextKind.APPOINTMENT_MOVED, appointment_id, about=earlier)
