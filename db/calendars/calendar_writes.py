"""Records what is written to connected calendars: recovered bookings, moves, holds and cancellations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.state import BookingStatus, SlotStatus


@dataclass(frozen=True, slots=True)
class AppointmentThere:
    """An appointment and the calendar that it belongs to. Fields named `..._there` are ids in the calendar.

    `claimed`: whether an attempt to book the appointment in the calendar has begun. Times are UTC.
    """

    id: UUID
    shop_id: UUID
    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    slot_opening_id: UUID | None
    claimed: bool
    external_id: str | None
    name: str
    phone: str | None
    email: str | None
    customer_there: str | None
    service_there: str | None
    staff_there: str | None
    calendar_id: UUID | None
    hold_wanted: bool
    hold: str | None
    hold_ends_at: datetime | None
    paid_cents: int | None
    currency: str
    locale: str


APPOINTMENT = text("""
SELECT a.id, a.shop_id, a.status, a.starts_at, a.ends_at, a.source_slot_opening_id,
       a.calendar_id IS NOT NULL AS claimed, a.external_id, c.name, e164(c.phone) AS phone, c.email,
       CASE WHEN c.calendar_id = cal.id AND c.external_id NOT LIKE 'name:%' THEN c.external_id END AS customer_there,
       CASE WHEN service.calendar_id = cal.id THEN service.external_id END AS service_there,
       CASE WHEN p.calendar_id = cal.id THEN p.external_id END AS staff_there,
       cal.id AS calendar_id, hold.id IS NOT NULL AS hold_wanted, hold.external_id AS hold, hold.ends_at,
       (SELECT sum(pay.amount_cents - pay.refunded_cents) FROM payments pay
         WHERE pay.appointment_id = a.id AND pay.status IN ('succeeded', 'disputed')) AS paid_cents,
       coalesce(a.currency, shop.currency) AS currency, shop.locale
  FROM appointments a
  JOIN shops shop ON shop.id = a.shop_id
  JOIN customers c ON c.id = a.customer_id
  LEFT JOIN slot_openings s ON s.id = a.source_slot_opening_id
  LEFT JOIN appointments source ON source.id = s.source_appointment_id
  LEFT JOIN performers p ON p.id = a.performer_id
  LEFT JOIN services service ON service.id = a.service_id
  LEFT JOIN calendars cal ON cal.id = coalesce(a.calendar_id, source.calendar_id, p.calendar_id,
         (SELECT whole.calendar_id FROM appointments whole
            WHERE s.source_appointment_id IS NULL AND whole.id = source_of_rest(s.freed_by_slot_opening_id)))
  LEFT JOIN calendar_holds hold ON hold.slot_opening_id = s.id AND hold.calendar_id = cal.id
 WHERE a.id = :id FOR UPDATE OF a
""")


def appointment(session: Session, appointment_id: UUID) -> AppointmentThere | None:
    """Returns the locked appointment, or None if it doesn't exist."""
    row = session.execute(APPOINTMENT, {"id": appointment_id}).one_or_none()
    return None if row is None else AppointmentThere(row.id, row.shop_id, BookingStatus(row.status), *row[3:])


CLAIM = text("UPDATE appointments SET calendar_id = :calendar_id WHERE id = :id AND calendar_id IS NULL")


def claim(session: Session, appointment_id: UUID, calendar_id: UUID) -> None:
    """Records that the appointment may be in the calendar, so that a cancellation looks for it in the calendar."""
    session.execute(CLAIM, {"id": appointment_id, "calendar_id": calendar_id})


RECORD = text("""
WITH booked AS (
  UPDATE appointments SET external_id = coalesce(external_id, :external_id) WHERE id = :id
  RETURNING id, shop_id, calendar_id, external_id, starts_at, ends_at
)
INSERT INTO calendar_bookings (shop_id, calendar_id, external_id, appointment_id, starts_at, ends_at, read_at)
SELECT shop_id, calendar_id, external_id, id, starts_at, ends_at, '-infinity' FROM booked
ON CONFLICT (calendar_id, external_id) DO UPDATE SET appointment_id = excluded.appointment_id
""")


def record_booking(session: Session, appointment_id: UUID, external_id: str) -> None:
    """Records the id of this appointment's booking in its calendar."""
    session.execute(RECORD, {"id": appointment_id, "external_id": external_id})


# The appointment keeps one row, even if the move created another booking in the calendar. `read_at` is set to the
# current time, so that reads that began earlier are ignored.
RECORD_MOVE = text("""
WITH unlinked AS (
  UPDATE calendar_bookings SET appointment_id = NULL
   WHERE appointment_id = :id AND external_id <> :external_id
), moved AS (
  UPDATE appointments SET external_id = :external_id WHERE id = :id
  RETURNING id, shop_id, calendar_id, external_id, starts_at, ends_at
)
INSERT INTO calendar_bookings (shop_id, calendar_id, external_id, appointment_id, starts_at, ends_at, read_at)
SELECT shop_id, calendar_id, external_id, id, starts_at, ends_at, (SELECT clock_timestamp()) FROM moved
ON CONFLICT (calendar_id, external_id) DO UPDATE
   SET appointment_id = excluded.appointment_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
       read_at = excluded.read_at, status = 'booked', fingerprint = ''
""")


def record_move(session: Session, appointment_id: UUID, external_id: str) -> None:
    """Records that the calendar contains the appointment at its current time, under this id."""
    session.execute(RECORD_MOVE, {"id": appointment_id, "external_id": external_id})


OVER = text("""
SELECT hold.slot_opening_id, hold.external_id
  FROM calendar_holds hold JOIN slot_openings s ON s.id = hold.slot_opening_id
 WHERE hold.calendar_id = :calendar_id AND s.starts_at < :ends_at AND s.ends_at > :starts_at
   AND hold.external_id IS NOT NULL
""")


def holds_over(session: Session, calendar_id: UUID, starts_at: datetime, ends_at: datetime) -> list[tuple[UUID, str]]:
    """Returns (slot opening, external id) for each hold in this calendar that overlaps these times (UTC)."""
    values = {"calendar_id": calendar_id, "starts_at": starts_at, "ends_at": ends_at}
    return [(row.slot_opening_id, row.external_id) for row in session.execute(OVER, values)]


RECORD_CANCELLED = text("""
UPDATE calendar_bookings SET status = 'cancelled', fingerprint = '' WHERE appointment_id = :id
""")


def record_cancelled(session: Session, appointment_id: UUID) -> None:
    """Records that the calendar no longer contains the appointment."""
    session.execute(RECORD_CANCELLED, {"id": appointment_id})


FORGET_CLAIM = text("UPDATE appointments SET calendar_id = NULL WHERE id = :id AND external_id IS NULL")


def forget_claim(session: Session, appointment_id: UUID) -> None:
    """Records that the calendar does not contain the appointment, unless the appointment's id in the calendar is
    known.
    """
    session.execute(FORGET_CLAIM, {"id": appointment_id})


@dataclass(frozen=True, slots=True)
class SlotThere:
    """A slot and its calendar. Fields named `..._there` are ids in the calendar. Times are UTC."""

    id: UUID
    shop_id: UUID
    status: SlotStatus
    starts_at: datetime
    ends_at: datetime
    calendar_id: UUID | None
    kind: str | None
    service_there: str | None
    staff_there: str | None
    held_in: UUID | None
    hold: str | None
    hold_ends_at: datetime | None
    sold: bool
    """Whether a customer has said YES. The booking then occupies the time, and no hold is needed."""


SLOT = text("""
SELECT s.id, s.shop_id, s.status, s.starts_at, s.ends_at, cal.id AS calendar_id, cal.kind,
       CASE WHEN service.calendar_id = cal.id THEN service.external_id END AS service_there,
       CASE WHEN p.calendar_id = cal.id THEN p.external_id END AS staff_there,
       hold.calendar_id AS held_in, hold.external_id AS hold, hold.ends_at,
       EXISTS (SELECT 1 FROM appointments a
                WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked')) AS sold
  FROM slot_openings s
  LEFT JOIN appointments source ON source.id = s.source_appointment_id
  LEFT JOIN performers p ON p.id = s.performer_id
  LEFT JOIN services service ON service.id = coalesce(source.service_id, s.service_id)
  LEFT JOIN calendars cal ON cal.id = coalesce(source.calendar_id, p.calendar_id,
         (SELECT whole.calendar_id FROM appointments whole
            WHERE s.source_appointment_id IS NULL AND whole.id = source_of_rest(s.freed_by_slot_opening_id)))
       AND cal.status IN ('active', 'broken')
  LEFT JOIN calendar_holds hold ON hold.slot_opening_id = s.id
 WHERE s.id = :id
""")


def slot(session: Session, slot_opening_id: UUID) -> SlotThere | None:
    row = session.execute(SLOT, {"id": slot_opening_id}).one_or_none()
    return None if row is None else SlotThere(row.id, row.shop_id, SlotStatus(row.status), *row[3:])


CLAIM_HOLD = text("""
INSERT INTO calendar_holds (slot_opening_id, shop_id, calendar_id, ends_at)
VALUES (:id, :shop_id, :calendar_id, (SELECT clock_timestamp()) + CAST(:lasts AS interval))
ON CONFLICT (slot_opening_id) DO UPDATE SET ends_at = excluded.ends_at
""")
ENDS_AS_BEFORE = text("UPDATE calendar_holds SET ends_at = :ends_at WHERE slot_opening_id = :id")
FORGET_RELEASED = text("""
UPDATE calendar_holds SET external_id = NULL WHERE slot_opening_id = :id AND external_id = :external_id
RETURNING slot_opening_id
""")
RECORD_HOLD = text("""
UPDATE calendar_holds SET external_id = :external_id WHERE slot_opening_id = :id AND external_id IS NULL
RETURNING slot_opening_id
""")
DROP_HOLD = text("""
DELETE FROM calendar_holds
 WHERE slot_opening_id = :id AND external_id IS NOT DISTINCT FROM CAST(:external_id AS text)
RETURNING slot_opening_id
""")


def claim_hold(session: Session, slot: SlotThere, *, lasts: timedelta | None) -> None:
    """Records that a hold for this slot is about to be created or renewed."""
    values = {"id": slot.id, "shop_id": slot.shop_id, "calendar_id": slot.calendar_id, "lasts": lasts}
    session.execute(CLAIM_HOLD, values)


def hold_ends_as_before(session: Session, slot: SlotThere) -> None:
    """Restores the end of an earlier hold, because no new hold was created."""
    session.execute(ENDS_AS_BEFORE, {"id": slot.id, "ends_at": slot.hold_ends_at})


def forget_released(session: Session, slot_opening_id: UUID, external_id: str) -> bool:
    """Records that the hold in the calendar has ended and that another hold is about to be created.

    Returns False if a hold is no longer needed.
    """
    values = {"id": slot_opening_id, "external_id": external_id}
    return session.execute(FORGET_RELEASED, values).one_or_none() is not None


def record_hold(session: Session, slot_opening_id: UUID, external_id: str) -> bool:
    """Records the id of the hold. Returns False if the hold is no longer needed and must be released."""
    values = {"id": slot_opening_id, "external_id": external_id}
    return session.execute(RECORD_HOLD, values).one_or_none() is not None


def drop_hold(session: Session, slot_opening_id: UUID, external_id: str | None) -> bool:
    """Deletes the record of this hold. Returns False if the slot has no hold with this id."""
    values = {"id": slot_opening_id, "external_id": external_id}
    return session.execute(DROP_HOLD, values).one_or_none() is not None
