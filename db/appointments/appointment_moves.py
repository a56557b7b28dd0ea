"""Moves appointments to other times. The task `free_old_time` sells the old time again.

If the booking is in a connected calendar, the move is written to the calendar before the old time is sold. If the
calendar refuses the move, the move is undone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, insert, select, update
from sqlalchemy.orm import Session, aliased

from db import audit
from db.appointments import appointments
from db.appointments.appointments import FoundAppointment
from db.appointments.overlaps import Time, write_unless_overlapping
from db.calendars.calendars import READ_ONLY, WORKING
from db.models import Appointment, AppointmentMove, Calendar
from db.tasks import pending_tasks
from domain.calendars.changes import BY_CALENDAR
from domain.cancellation import MoveRefusal, why_not_movable
from domain.state import LIVE_BOOKINGS


@dataclass(frozen=True, slots=True)
class NewTime:
    """The new time and performer of an appointment. Times are UTC."""

    starts_at: datetime
    ends_at: datetime
    performer_id: UUID | None


@dataclass(frozen=True, slots=True)
class OldTime:
    """The time that a move has freed. For `in_calendar`, see `AppointmentMove`."""

    shop_id: UUID
    performer_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    appointment_id: UUID
    slot_opening_id: UUID | None
    """The slot opening that the appointment filled, if it was a recovered booking."""
    in_calendar: str | None = None
    tell_customer: bool = False
    """Whether the customer is notified of the new time."""


WAITING, WRITTEN, UNDONE = "waiting", "written", "undone"

PRESENT = select(
    *(Appointment.starts_at, Appointment.ends_at, Appointment.performer_id, Appointment.customer_id),
    # The status of the calendar, if the calendar contains this booking.
    case((Appointment.external_id.is_not(None), Calendar.status)).label("calendar"),
    Calendar.kind,
).outerjoin(Calendar, Calendar.id == Appointment.calendar_id)


def move(
    session: Session,
    appointment_id: UUID,
    to: NewTime,
    *,
    by: str,
    actor: str | None = None,
    tell_customer: bool = False,
) -> MoveRefusal | None:
    """Moves a live appointment and frees its old time. Does nothing if the appointment already has the new time.

    Returns the reason if the appointment can't be moved. For `by` and `actor`, see
    `appointments.request_cancellation`. `tell_customer`: whether the customer is notified of the new time. Raises
    OverlapError, and LookupError if the appointment doesn't exist.
    """
    found = appointments.find(session, appointment_id)
    if found is None:
        raise LookupError(f"There is no appointment {appointment_id}.")
    now = session.execute(PRESENT.where(Appointment.id == appointment_id)).one()
    if NewTime(now.starts_at, now.ends_at, now.performer_id) == to:
        return None
    refusal = why_not_movable(
        found.facts, to=to.starts_at, now=found.now, held_slot=found.source_slot_opening_id is not None
    )
    if refusal is None and by != BY_CALENDAR:
        refusal = _why_not_in_calendar(now.calendar, now.kind)
    if refusal:
        return refusal
    waits = by != BY_CALENDAR and now.calendar in ("active", "paused") and now.kind not in READ_ONLY
    old = OldTime(
        *(found.shop_id, now.performer_id, now.starts_at, now.ends_at, appointment_id, found.source_slot_opening_id),
        in_calendar=WAITING if waits else None,
        tell_customer=tell_customer,
    )
    _write(session, found, old, to, customer_id=now.customer_id)
    _free(session, old, by=by, actor=actor or by)
    return None


def _why_not_in_calendar(status: str | None, kind: str | None) -> MoveRefusal | None:
    """Returns a refusal if the calendar can't be written to, because it is read-only or rejects the credentials."""
    cannot = status == "broken" or (status in WORKING and kind in READ_ONLY)
    return MoveRefusal.IN_CALENDAR if cannot else None


def _write(session: Session, found: FoundAppointment, old: OldTime, to: NewTime, *, customer_id: UUID) -> None:
    """Updates the appointment, which `find` has locked.

    The recovery that sold the old time no longer owns the booking.
    """
    time = Time(found.shop_id, to.starts_at, to.ends_at, to.performer_id, customer_id)
    moved = (
        update(Appointment)
        .where(Appointment.id == found.id, Appointment.starts_at == old.starts_at)
        .values(
            starts_at=to.starts_at,
            ends_at=to.ends_at,
            performer_id=to.performer_id,
            source_slot_opening_id=None,
        )
    )
    write_unless_overlapping(session, time, lambda: session.execute(moved), besides=found.id)


def _free(session: Session, old: OldTime, *, by: str, actor: str) -> None:
    move_id = session.execute(
        insert(AppointmentMove)
        .values(
            shop_id=old.shop_id,
            appointment_id=old.appointment_id,
            performer_id=old.performer_id,
            starts_at=old.starts_at,
            ends_at=old.ends_at,
            slot_opening_id=old.slot_opening_id,
            moved_by=by,
            in_calendar=old.in_calendar,
            tell_customer=old.tell_customer,
        )
        .returning(AppointmentMove.id)
    ).scalar_one()
    pending_tasks.add(session, "free_old_time", move_id, shop_id=old.shop_id)
    audit.note(
        session,
        event="AppointmentMoved",
        reason=f"The appointment was moved by {appointments.whom(by, actor)}.",
        shop_id=old.shop_id,
        appointment_id=old.appointment_id,
        slot_opening_id=old.slot_opening_id,
        actor=actor,
    )


def old_time(session: Session, move_id: UUID) -> OldTime | None:
    """Returns the time that the move has freed, or None if there is no such move."""
    row = session.get(AppointmentMove, move_id)
    if row is None:
        return None
    return _old(row)


def _old(row: AppointmentMove) -> OldTime:
    times = (row.performer_id, row.starts_at, row.ends_at)
    return OldTime(row.shop_id, *times, row.appointment_id, row.slot_opening_id, row.in_calendar, row.tell_customer)


def is_told_later(session: Session, move_id: UUID) -> bool:
    """Whether a later move of the same appointment notifies the customer instead."""
    this, later = aliased(AppointmentMove), aliased(AppointmentMove)
    found = (
        select(later.id)
        .join(this, this.appointment_id == later.appointment_id)
        .where(
            this.id == move_id,
            later.created_at > this.created_at,
            later.tell_customer,
            later.in_calendar.is_distinct_from(UNDONE),
        )
    )
    return session.execute(found.limit(1)).one_or_none() is not None


def note_written(session: Session, move_id: UUID, shop_id: UUID) -> None:
    """Records that the move was written to the calendar or need not be written. The old time can then be sold."""
    waiting = (AppointmentMove.id == move_id, AppointmentMove.in_calendar == WAITING)
    if session.execute(update(AppointmentMove).where(*waiting).values(in_calendar=WRITTEN)).rowcount:  # type: ignore[attr-defined]
        pending_tasks.add(session, "free_old_time", move_id, shop_id=shop_id)


def undo(session: Session, appointment_id: UUID, *, reason: str) -> bool:
    """Undoes the moves that have not been written to the calendar. Raises OverlapError if the old time is taken.

    Returns False if the appointment has ended in the meantime. `reason` is a sentence for the shop.
    """
    waiting = (AppointmentMove.appointment_id == appointment_id, AppointmentMove.in_calendar == WAITING)
    first = session.scalars(select(AppointmentMove).where(*waiting).order_by(AppointmentMove.created_at)).first()
    found = appointments.find(session, appointment_id)
    if first is None or found is None or found.facts.status not in LIVE_BOOKINGS:
        return False
    old = _old(first)
    (customer_id,) = session.execute(select(Appointment.customer_id).where(Appointment.id == appointment_id)).one()
    time = Time(old.shop_id, old.starts_at, old.ends_at, old.performer_id, customer_id)
    moved_back = (
        update(Appointment)
        .where(Appointment.id == appointment_id)
        .values(
            starts_at=old.starts_at,
            ends_at=old.ends_at,
            performer_id=old.performer_id,
            source_slot_opening_id=old.slot_opening_id,
        )
    )
    write_unless_overlapping(session, time, lambda: session.execute(moved_back), besides=appointment_id)
    session.execute(update(AppointmentMove).where(*waiting).values(in_calendar=UNDONE))
    audit.note(
        session,
        event="AppointmentMoveUndone",
        reason=reason,
        shop_id=old.shop_id,
        appointment_id=appointment_id,
        slot_opening_id=old.slot_opening_id,
    )
    return True


def untold_move(session: Session, undone_move_id: UUID) -> UUID | None:
    """Returns the last valid move before an undone move, or None. Considers only moves with `tell_customer`.

    The customer was not notified of this move, because the message about the later, undone move was meant to replace
    the message about this one.
    """
    undone, standing = aliased(AppointmentMove), aliased(AppointmentMove)
    found = (
        select(standing.id)
        .join(undone, undone.appointment_id == standing.appointment_id)
        .where(
            undone.id == undone_move_id,
            undone.tell_customer,
            standing.tell_customer,
            standing.created_at < undone.created_at,
            standing.in_calendar.is_distinct_from(UNDONE),
        )
    )
    return session.execute(found.order_by(standing.created_at.desc()).limit(1)).scalar_one_or_none()


def give_up(session: Session, appointment_id: UUID) -> None:
    """Marks refused moves as undone, although the appointment keeps its new time. Staff must resolve the conflict."""
    waiting = (AppointmentMove.appointment_id == appointment_id, AppointmentMove.in_calendar == WAITING)
    session.execute(update(AppointmentMove).where(*waiting).values(in_calendar=UNDONE))


def before_the_move(found: FoundAppointment, old: OldTime) -> FoundAppointment:
    """Returns the appointment with its old time, for the rules about reselling that time."""
    return replace(found, facts=replace(found.facts, starts_at=old.starts_at))
