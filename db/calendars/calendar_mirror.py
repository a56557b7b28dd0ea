"""Rows of `calendar_bookings`: the bookings of a calendar as last read, each with its appointment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars.changes import Mirrored
from domain.calendars.source_booking import SourceBooking
from domain.state import BookingStatus

UNCHANGED = text("""
UPDATE calendar_bookings b SET read_at = greatest(b.read_at, :began), missing_since = NULL
  FROM unnest(CAST(:ids AS text[]), CAST(:prints AS text[])) AS found (external_id, fingerprint)
 WHERE b.calendar_id = :calendar_id AND b.external_id = found.external_id AND b.fingerprint = found.fingerprint
   AND (b.read_at >= :began OR b.not_mirrored IS NULL
        AND NOT EXISTS (SELECT FROM appointments a
                         WHERE a.id = b.appointment_id AND a.status IN ('pending_payment', 'booked')
                           AND (b.status = 'cancelled' OR b.status = 'booked'
                                AND (a.starts_at, a.ends_at) <> (b.starts_at, b.ends_at))))
RETURNING b.external_id
""")


def mark_unchanged(
    session: Session, calendar_id: UUID, page: Sequence[SourceBooking], *, began: datetime
) -> set[str]:
    """Returns the ids of the bookings that need not be compared, and records that they were read.

    A booking need not be compared if it has not changed since the last read and agrees with its appointment, or if it
    was already compared in this read, which began at `began` (UTC).
    """
    values = {
        "calendar_id": calendar_id,
        "began": began,
        "ids": [one.external_id for one in page],
        "prints": [one.fingerprint for one in page],
    }
    return set(session.execute(UNCHANGED, values).scalars())


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """A locked row, and its appointment if there is one."""

    id: UUID
    external_id: str
    read_at: datetime | None
    appointment_id: UUID | None
    mirrored: Mirrored | None
    is_new: bool
    fingerprint: str
    new_time_requested: bool


LOCK = text("""
WITH made AS (
  INSERT INTO calendar_bookings (shop_id, calendar_id, external_id, read_at)
  VALUES (:shop_id, :calendar_id, :external_id, '-infinity') ON CONFLICT (calendar_id, external_id) DO NOTHING
  RETURNING id
)
SELECT id FROM made
""")
LOAD = text("""
SELECT b.id, b.external_id, nullif(b.read_at, '-infinity') AS read_at, b.appointment_id, b.fingerprint,
       b.new_time_requested, a.status,
       a.starts_at, a.ends_at, a.customer_id, a.cancel_reason, p.external_id AS staff_id,
       EXISTS (SELECT FROM appointment_moves m
                WHERE m.appointment_id = a.id AND m.in_calendar = 'waiting') AS moving
  FROM calendar_bookings b
  LEFT JOIN appointments a ON a.id = b.appointment_id
  LEFT JOIN performers p ON p.id = a.performer_id AND p.calendar_id = b.calendar_id
 WHERE b.calendar_id = :calendar_id AND b.external_id = :external_id FOR UPDATE OF b
""")


def lock(session: Session, shop_id: UUID, calendar_id: UUID, external_id: str) -> MirrorRow:
    """Returns the row of this booking, locked until the end of the transaction. Creates the row if needed."""
    values = {"shop_id": shop_id, "calendar_id": calendar_id, "external_id": external_id}
    is_new = session.execute(LOCK, values).scalar_one_or_none() is not None
    row = load(session, calendar_id, external_id)
    assert row is not None  # noqa: S101 - inserted above
    return replace(row, is_new=is_new)


def load(session: Session, calendar_id: UUID, external_id: str) -> MirrorRow | None:
    """Returns the row of this booking, locked, or None if the booking was never read."""
    row = session.execute(LOAD, {"calendar_id": calendar_id, "external_id": external_id}).one_or_none()
    if row is None:
        return None
    mirrored = None
    if row.status is not None:
        mirrored = Mirrored(
            status=BookingStatus(row.status),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            customer_id=row.customer_id,
            staff_id=row.staff_id,
            cancelled_by=row.cancel_reason,
            moving=row.moving,
        )
    known = (row.id, row.external_id, row.read_at, row.appointment_id)
    return MirrorRow(*known, mirrored, False, row.fingerprint, row.new_time_requested)


REQUESTED = text("""
UPDATE calendar_bookings SET new_time_requested = true
 WHERE calendar_id = :calendar_id AND external_id = ANY(:external_ids)
""")


def note_new_time_requested(session: Session, calendar_id: UUID, external_ids: Sequence[str]) -> None:
    """Records that the customers of these bookings were asked to choose another time."""
    session.execute(REQUESTED, {"calendar_id": calendar_id, "external_ids": list(external_ids)})


STORE = text("""
UPDATE calendar_bookings
   SET status = :status, starts_at = coalesce(:starts_at, starts_at), ends_at = coalesce(:ends_at, ends_at),
       fingerprint = :fingerprint, read_at = :began, missing_since = NULL, not_mirrored = :not_mirrored
 WHERE id = :id
""")


def store(
    session: Session, row_id: UUID, source: SourceBooking, *, began: datetime, not_mirrored: str | None = None
) -> None:
    """Stores the booking as it was read."""
    values = {
        "id": row_id,
        "status": source.status.value,
        "starts_at": source.starts_at,
        "ends_at": source.ends_at,
        "fingerprint": source.fingerprint,
        "began": began,
        "not_mirrored": not_mirrored,
    }
    session.execute(STORE, values)


LINK = text("UPDATE calendar_bookings SET appointment_id = :appointment_id WHERE id = :id")


def link(session: Session, row_id: UUID, appointment_id: UUID | None) -> None:
    """Sets the appointment of this booking."""
    session.execute(LINK, {"id": row_id, "appointment_id": appointment_id})


VANISHED = text("""
SELECT b.external_id FROM calendar_bookings b JOIN appointments a ON a.id = b.appointment_id
 WHERE b.calendar_id = :calendar_id AND b.read_at < :began AND b.status = 'booked'
   AND b.starts_at >= :starts AND b.starts_at < :ends AND a.status IN ('pending_payment', 'booked')
 ORDER BY b.starts_at LIMIT 500
""")


def vanished(session: Session, calendar_id: UUID, window: tuple[datetime, datetime], *, began: datetime) -> list[str]:
    """Returns the bookings in the window (UTC) that have a live appointment but have not appeared in any listing
    since `began`.
    """
    values = {"calendar_id": calendar_id, "began": began, "starts": window[0], "ends": window[1]}
    return list(session.execute(VANISHED, values).scalars())


MISSING = text("""
SELECT external_id FROM calendar_bookings
 WHERE calendar_id = :calendar_id AND missing_since < :began AND status = 'booked'
   AND starts_at >= :starts AND starts_at < :ends
 ORDER BY starts_at LIMIT 500
""")


def missing(session: Session, calendar_id: UUID, window: tuple[datetime, datetime], *, began: datetime) -> list[str]:
    """Returns the bookings in the window (UTC) that were already missing from a listing before `began`."""
    values = {"calendar_id": calendar_id, "began": began, "starts": window[0], "ends": window[1]}
    return list(session.execute(MISSING, values).scalars())


CHANGED_HERE = text("""
SELECT EXISTS (
  SELECT FROM calendar_bookings
   WHERE calendar_id = :calendar_id AND starts_at >= :starts
     AND (read_at > :since OR fingerprint = '' OR not_mirrored IS NOT NULL))
""")


def changed_here(session: Session, calendar_id: UUID, starts: datetime, *, since: datetime) -> bool:
    """Whether any stored booking that starts at or after `starts` has changed since a listing that began at `since`.

    The times are UTC.
    """
    values = {"calendar_id": calendar_id, "starts": starts, "since": since}
    return bool(session.execute(CHANGED_HERE, values).scalar_one())


LEFT_OUT = text("""
SELECT external_id FROM calendar_bookings
 WHERE calendar_id = :calendar_id AND starts_at > :after AND status = 'booked' AND not_mirrored IS NOT NULL
 ORDER BY read_at LIMIT 5
""")


def left_out(session: Session, calendar_id: UUID, *, after: datetime) -> list[str]:
    """Returns up to five bookings that start after `after` (UTC) and were not mirrored, least recently read first.

    These must be read again, because a listing of changes does not show that the reason for not mirroring a booking
    no longer applies.
    """
    return list(session.execute(LEFT_OUT, {"calendar_id": calendar_id, "after": after}).scalars())


# The condition of the invariant `calendars_agree`, limited to recent changes, because a join of 10,000 bookings takes
# 12 ms.
DISAGREEING = text("""
SELECT b.external_id FROM appointments a JOIN calendar_bookings b ON b.appointment_id = a.id
 WHERE a.shop_id = :shop_id AND a.updated_at > :since
   AND b.calendar_id = :calendar_id AND b.starts_at > :after AND b.not_mirrored IS NULL
   AND (b.status = 'cancelled' AND a.status IN ('pending_payment', 'booked')
        OR b.status = 'booked' AND a.status = 'cancelled'
        OR b.status = 'booked' AND a.status = 'booked' AND (a.starts_at, a.ends_at) <> (b.starts_at, b.ends_at))
 ORDER BY b.read_at LIMIT 5
""")


def disagreeing(session: Session, shop_id: UUID, calendar_id: UUID, *, after: datetime, since: datetime) -> list[str]:
    """Returns up to five bookings that start after `after` and whose appointments differ and have changed after
    `since`.

    Either the last read could not be applied, or the appointment has changed since that read, for example because the
    payment for a cancelled hold arrived. The least recently read bookings come first. The arguments are UTC.
    """
    values = {"shop_id": shop_id, "calendar_id": calendar_id, "after": after, "since": since}
    return list(session.execute(DISAGREEING, values).scalars())


MISSED = text("""
UPDATE calendar_bookings SET missing_since = coalesce(missing_since, :began)
 WHERE calendar_id = :calendar_id AND external_id = ANY(:ids)
RETURNING external_id, missing_since, starts_at, ends_at
""")


def note_missing(
    session: Session, calendar_id: UUID, ids: Iterable[str], *, began: datetime
) -> dict[str, tuple[datetime, datetime, datetime]]:
    """Marks the bookings as missing.

    Returns, for each id, the time at which the booking was first missing, and its start and end (all UTC).
    """
    values = {"calendar_id": calendar_id, "ids": list(ids), "began": began}
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(MISSED, values)}
