"""Connects appointments with bookings in a calendar, and finds appointments that conflict with a booking."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.state import BookingStatus

# The appointment id in a booking is trusted only if this system books that appointment in this calendar.
CLAIM_OURS = text("""
UPDATE appointments SET external_id = :external_id
 WHERE id = :id AND shop_id = :shop_id AND calendar_id = :calendar_id
   AND (external_id IS NULL OR external_id = :external_id)
RETURNING id
""")
ADOPT = text("""
UPDATE appointments SET calendar_id = :calendar_id, external_id = :external_id
 WHERE id = :id AND shop_id = :shop_id AND external_id IS NULL AND (calendar_id IS NULL OR calendar_id = :calendar_id)
RETURNING id
""")


def claim_ours(session: Session, appointment_id: UUID, shop_id: UUID, calendar_id: UUID, external_id: str) -> bool:
    """Connects an appointment with its booking in the calendar.

    Returns False if this system did not make the booking.
    """
    values = {"id": appointment_id, "shop_id": shop_id, "calendar_id": calendar_id, "external_id": external_id}
    return session.execute(CLAIM_OURS, values).one_or_none() is not None


IS_UNUSED = text("SELECT NOT EXISTS (SELECT FROM appointments WHERE id = :id)")


def is_unused(session: Session, appointment_id: UUID) -> bool:
    """Whether no appointment of any shop has this id."""
    return bool(session.execute(IS_UNUSED, {"id": appointment_id}).scalar_one())


def adopt(session: Session, appointment_id: UUID, shop_id: UUID, calendar_id: UUID, external_id: str) -> bool:
    """Connects an appointment with a booking that staff entered for it.

    Returns False if the appointment already has a booking in a calendar.
    """
    values = {"id": appointment_id, "shop_id": shop_id, "calendar_id": calendar_id, "external_id": external_id}
    return session.execute(ADOPT, values).one_or_none() is not None


RENAME = text("""
UPDATE appointments SET external_id = CAST(:external_id AS text) WHERE id = :id
""")


def rename(session: Session, appointment_id: UUID, external_id: str | None) -> None:
    """Changes or removes the appointment's id in its calendar, after the booking was moved or recreated in the
    calendar.
    """
    session.execute(RENAME, {"id": appointment_id, "external_id": external_id})


OTHER_CUSTOMER = text("UPDATE appointments SET customer_id = :customer_id WHERE id = :id")


def change_customer(session: Session, appointment_id: UUID, customer_id: UUID) -> None:
    session.execute(OTHER_CUSTOMER, {"id": appointment_id, "customer_id": customer_id})


@dataclass(frozen=True, slots=True)
class Conflict:
    """An appointment that occupies the time of a booking. Times are UTC."""

    id: UUID
    status: BookingStatus
    slot_opening_id: UUID | None
    there: bool
    """Whether the appointment has a booking in a calendar."""
    starts_at: datetime
    ends_at: datetime


CONFLICT = text("""
SELECT id, status, source_slot_opening_id, external_id IS NOT NULL AS there, starts_at, ends_at
  FROM appointments WHERE id = :id
""")


def conflict(session: Session, appointment_id: UUID) -> Conflict | None:
    row = session.execute(CONFLICT, {"id": appointment_id}).one_or_none()
    return (
        None
        if row is None
        else Conflict(row.id, BookingStatus(row.status), row[2], row.there, row.starts_at, row.ends_at)
    )
