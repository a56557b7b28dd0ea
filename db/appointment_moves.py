"""Moves appointments to other times. The old time is sold again by the task `free_old_time`."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, insert, select, update
from sqlalchemy.orm import Session

from db import appointments, audit, pending_tasks
from db.appointments import FoundAppointment
from db.calendars import WORKING
from db.models import Appointment, AppointmentMove, Calendar
from db.overlaps import Time, refusing_overlaps
from domain.calendars.changes import BY_CALENDAR
from domain.cancellation import MoveRefusal, why_not_movable


@dataclass(frozen=True, slots=True)
class NewTime:
    """Where an appointment is moved to. Times are UTC."""

    starts_at: datetime
    ends_at: datetime
    performer_id: UUID | None


@dataclass(frozen=True, slots=True)
class OldTime:
    """The time that a move has freed."""

    shop_id: UUID
    performer_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    appointment_id: UUID
    slot_opening_id: UUID | None
    """The slot opening that was sold to the appointment, if it was a recovered booking."""


PRESENT = select(
    *(Appointment.starts_at, Appointment.ends_at, Appointment.performer_id, Appointment.customer_id),
    # The calendar that has this booking. A move here would not reach it.
    case((Appointment.external_id.is_not(None), Calendar.status)).label("calendar"),
).outerjoin(Calendar, Calendar.id == Appointment.calendar_id)


def move(
    session: Session, appointment_id: UUID, to: NewTime, *, by: str, actor: str | None = None
) -> MoveRefusal | None:
    """Moves a live appointment and frees its old time. Moving to the same time changes nothing.

    `by` and `actor` are as in `appointments.request_cancellation`. Raises OverlapError, and LookupError
    if the appointment doesn't exist.
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
    if refusal is None and by != BY_CALENDAR and now.calendar in WORKING:
        refusal = MoveRefusal.IN_CALENDAR
    if refusal:
        return refusal
    old = OldTime(
        found.shop_id, now.performer_id, now.starts_at, now.ends_at, appointment_id, found.source_slot_opening_id
    )
    _write(session, found, old, to, customer_id=now.customer_id)
    _free(session, old, by=by, actor=actor or by)
    return None


def _write(session: Session, found: FoundAppointment, old: OldTime, to: NewTime, *, customer_id: UUID) -> None:
    """The row is locked by `find`. The booking leaves the recovery that sold its old time."""
    time = Time(found.shop_id, to.starts_at, to.ends_at, to.performer_id, customer_id)
    with refusing_overlaps(session, time, besides=found.id):
        session.execute(
            update(Appointment)
            .where(Appointment.id == found.id, Appointment.starts_at == old.starts_at)
            .values(
                starts_at=to.starts_at,
                ends_at=to.ends_at,
                performer_id=to.performer_id,
                source_slot_opening_id=None,
            )
        )


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
        )
        .returning(AppointmentMove.id)
    ).scalar_one()
    pending_tasks.add(session, "free_old_time", move_id, shop_id=old.shop_id)
    audit.note(
        session,
        event="AppointmentMoved",
        reason=f"The appointment was moved by {appointments.BY_WHOM.get(by, by)}.",
        shop_id=old.shop_id,
        appointment_id=old.appointment_id,
        slot_opening_id=old.slot_opening_id,
        actor=actor,
    )


def old_time(session: Session, move_id: UUID) -> OldTime | None:
    """The time that this move has freed; None if the move doesn't exist."""
    row = session.get(AppointmentMove, move_id)
    if row is None:
        return None
    return OldTime(row.shop_id, row.performer_id, row.starts_at, row.ends_at, row.appointment_id, row.slot_opening_id)


def before_the_move(found: FoundAppointment, old: OldTime) -> FoundAppointment:
    """The appointment as it was at its old time, for the rules about reselling it."""
    return replace(found, facts=replace(found.facts, starts_at=old.starts_at))
