"""Converts violations of the constraints against double bookings to errors that name the conflicting booking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from psycopg import errors
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.deadlocks import repeat_after_deadlock
from db.models import Appointment
from domain.state import LIVE_BOOKINGS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Time:
    """A time (UTC) of a performer, or of the shop if the performer is None. A booked time also has a customer."""

    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    performer_id: UUID | None = None
    customer_id: UUID | None = None


class OverlapError(Exception):
    """The time overlaps a live appointment.

    `appointment_id` is the id of that appointment, or None if it has ended in the meantime.
    """

    def __init__(self, appointment_id: UUID | None) -> None:
        super().__init__("The time overlaps another appointment.")
        self.appointment_id = appointment_id


class TimeTakenError(Exception):
    """The time overlaps a live appointment, and the transaction must be rolled back.

    Pass `time` to `conflicting` to find the appointment.
    """

    def __init__(self, time: Time) -> None:
        super().__init__("The time overlaps another appointment.")
        self.time = time


@contextmanager
def ending_at_overlaps(time: Time) -> Iterator[None]:
    """Runs the block without a savepoint, to save two statements. Raises TimeTakenError."""
    try:
        yield
    except IntegrityError as error:
        if isinstance(error.orig, errors.ExclusionViolation):
            raise TimeTakenError(time) from error
        raise


def write_unless_overlapping(
    session: Session, time: Time, write: Callable[[], T], *, besides: UUID | None = None
) -> T:
    """Runs `write` in a savepoint and returns its result. Raises OverlapError if a constraint is violated.

    After a deadlock, `write` runs again. `besides`: the id of the appointment that `write` changes; this appointment
    is ignored.
    """
    try:
        return repeat_after_deadlock(lambda: _in_savepoint(session, write))
    except IntegrityError as error:
        if not isinstance(error.orig, errors.ExclusionViolation):
            raise
        raise OverlapError(conflicting(session, time, besides=besides)) from error


def _in_savepoint(session: Session, write: Callable[[], T]) -> T:
    with session.begin_nested():
        return write()


def conflicting(session: Session, time: Time, *, besides: UUID | None = None) -> UUID | None:
    """Returns the first live appointment of the same performer or customer that overlaps this time."""
    row = Appointment
    found: UUID | None = session.execute(
        select(row.id)
        .where(
            row.shop_id == time.shop_id,
            row.status.in_(sorted(LIVE_BOOKINGS)),
            row.starts_at < time.ends_at,
            row.ends_at > time.starts_at,
            row.id.is_distinct_from(besides),
            _same_owner(time),
        )
        .order_by(row.starts_at)
        .limit(1)
    ).scalar_one_or_none()
    return found


def _same_owner(time: Time) -> ColumnElement[bool]:
    performer = func.coalesce(Appointment.performer_id, Appointment.shop_id) == (time.performer_id or time.shop_id)
    if time.customer_id is None:
        return performer
    return or_(performer, Appointment.customer_id == time.customer_id)
