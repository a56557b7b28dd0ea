"""Connects appointments with bookings in a calendar, and finds appointments that conflict with a booking."""

from collections.abc import Sequence
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


# An appointment of a disconnected calendar counts only while it is live: nothing else can change it.
IN_ANOTHER_CALENDAR = text("""
SELECT a.id, c.id AS calendar_id, c.name, c.status <> 'disconnected' AS connected
  FROM calendars c
  JOIN LATERAL (
    SELECT id, status FROM appointments
     WHERE shop_id = c.shop_id AND calendar_id = c.id AND external_id = ANY(CAST(:external_ids AS text[]))
    UNION ALL
    SELECT id, status FROM appointments WHERE id = CAST(:ours AS uuid) AND calendar_id = c.id
  ) a ON c.status <> 'disconnected' OR a.status IN ('pending_payment', 'booked')
 WHERE c.shop_id = :shop_id AND c.kind = :kind AND c.id <> :calendar_id
 ORDER BY connected DESC, a.status IN ('pending_payment', 'booked') DESC, c.created_at, a.id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class OtherImport:
    """The appointment that another calendar of the shop imported from the same booking."""

    id: UUID
    calendar_id: UUID
    name: str
    connected: bool


def in_another_calendar(
    session: Session, *, shop_id: UUID, calendar_id: UUID, kind: str, external_ids: Sequence[str], ours: UUID | None
) -> OtherImport | None:
    """Returns the appointment of a booking that another calendar of this kind has imported, or None.

    A shop can connect one account twice, and a booking can be in the calendars of two people. `ours`: the appointment
    id in the booking, if any.
    """
    values = {"shop_id": shop_id, "calendar_id": calendar_id, "kind": kind, "ours": ours}
    row = session.execute(IN_ANOTHER_CALENDAR, values | {"external_ids": list(external_ids)}).one_or_none()
    return None if row is None else OtherImport(*row)


# The people and services move first, so that a later booking of the same person finds them.
TAKE_OVER = (
    *(
        text(f"""
UPDATE {table} o SET calendar_id = :calendar_id
 WHERE o.shop_id = :shop_id AND o.calendar_id = :was
   AND NOT EXISTS (SELECT FROM {table} n WHERE n.shop_id = :shop_id AND n.calendar_id = :calendar_id
                      AND n.external_id = o.external_id)
""")  # noqa: S608 - fixed names
        for table in ("performers", "services", "customers")
    ),
    text("UPDATE calendar_bookings SET appointment_id = NULL WHERE calendar_id = :was AND appointment_id = :id"),
    text("""
UPDATE appointments SET calendar_id = :calendar_id, external_id = :external_id WHERE id = :id AND shop_id = :shop_id
"""),
)


def take_over(session: Session, other: OtherImport, *, shop_id: UUID, calendar_id: UUID, external_id: str) -> None:
    """Moves an appointment of a disconnected calendar, its customers, performers and services to this calendar."""
    values = {"id": other.id, "was": other.calendar_id, "shop_id": shop_id, "calendar_id": calendar_id}
    for statement in TAKE_OVER:
        session.execute(statement, {name: values.get(name, external_id) for name in statement.compile().params})


RENAME = text("""
UPDATE appointments SET external_id = CAST(:external_id AS text) WHERE id = :id
""")


def rename(session: Session, appointment_id: UUID, external_id: str | None) -> None:
    """Changes or removes the appointment's id in its calendar, after the booking was moved or recreated in the
    calendar.
    """
    session.execute(RENAME, {"id": appointment_id, "external_id": external_id})


OTHER_CUSTOMER = (
    text("""
UPDATE appointments SET customer_id = :customer_id, manage_token = random_token()
 WHERE id = :id AND customer_id <> :customer_id
"""),
    text("""
UPDATE payments SET pay_token = random_token()
 WHERE appointment_id = :id AND status IN ('pending', 'processing', 'failed')
"""),
)


def change_customer(session: Session, appointment_id: UUID, customer_id: UUID) -> None:
    """Gives the appointment to another customer. The links of the former customer no longer open it."""
    for statement in OTHER_CUSTOMER:
        session.execute(statement, {"id": appointment_id, "customer_id": customer_id})


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
