"""Applies a booking that was read from a calendar to the shop's appointments."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import clock, locks
from db.appointments import appointment_moves, appointments, bookings
from db.appointments.appointment_moves import NewTime
from db.appointments.bookings import DepositTaken, NewBooking
from db.appointments.overlaps import OverlapError
from db.calendars import calendar_mirror, calendar_people, calendars, mirrored_appointments
from db.calendars.calendar_mirror import MirrorRow
from db.calendars.calendars import StoredCalendar
from db.calendars.mirrored_appointments import Conflict, OtherImport
from db.tasks import pending_tasks
from domain import events as ev
from domain.calendars.changes import BY_CALENDAR, Change, change_of
from domain.calendars.source_booking import SourceBooking, SourceStatus
from domain.state import BookingStatus
from providers.calendars.registry import PROVIDERS
from worker.apply_events import apply_event
from worker.calendars.calendar_connections import CalendarStoppedError, tell_staff
from worker.dependencies import Dependencies

AGAIN_AFTER = timedelta(seconds=10)

ELSEWHERE = "It is already imported from “{name}”."
OVERLAPS = "It overlaps another appointment."
HELD = "The time is held for a customer here; the hold is being released."


@dataclass(slots=True)
class Reader:
    """Applies the bookings of one calendar that were read since `began` (UTC, database clock)."""

    dependencies: Dependencies
    calendar: StoredCalendar
    began: datetime
    people: calendar_people.CalendarPeople

    @classmethod
    def of(cls, dependencies: Dependencies, calendar: StoredCalendar, began: datetime) -> "Reader":
        return cls(dependencies, calendar, began, calendar_people.CalendarPeople(calendar))

    def wait_for_turn(self, session: Session) -> None:
        """Waits until no other transaction applies bookings to this shop, before any row is locked.

        Two bookings of a new customer, read at the same time, would otherwise create the customer twice. Raises
        CalendarStoppedError if the calendar was paused or disconnected since it was read.
        """
        locks.wait_for_turn(session, f"calendar bookings {self.calendar.shop_id}")
        if not calendars.is_working(session, self.calendar.id):
            raise CalendarStoppedError

    def apply(self, session: Session, source: SourceBooking) -> Change:
        """Compares the booking with the appointment, and applies the difference.

        A read that began before the last applied read changes nothing. If its result differs from that read, the
        booking is read again, because the calendar may have answered the two requests in either order. A last read in
        the future is ignored, because it means that the clock was set back.
        """
        row = calendar_mirror.lock(session, self.calendar.shop_id, self.calendar.id, source.external_id)
        now = clock.now(session)
        if row.read_at is not None and self.began < row.read_at <= now:
            if row.fingerprint != source.fingerprint and PROVIDERS[self.calendar.kind].writes:
                sync_later(session, self.calendar, source.external_id)
            return Change.NOTHING
        row = self._identified(session, row, source)
        if row.appointment_id is None:
            other = self._in_another_calendar(session, source)
            if other is not None and other.connected and source.status is SourceStatus.BOOKED:
                reason = ELSEWHERE.format(name=other.name)
                calendar_mirror.store(session, row.id, source, began=self.began, not_mirrored=reason)
                return Change.NOTHING
            if other is not None and not other.connected:
                row = self._taken_over(session, row, other)
        source = _until_a_new_time(row, source)
        customer_id = self._customer(session, row, source)
        change = change_of(row.mirrored, source, customer_id=customer_id, now=now)
        problem = ACTIONS[change](self, session, row, source, customer_id)
        calendar_mirror.store(session, row.id, source, began=self.began, not_mirrored=problem)
        return change

    def _identified(self, session: Session, row: MirrorRow, source: SourceBooking) -> MirrorRow:
        """Links the row to its existing appointment, if there is one: an appointment that slot-recovery wrote to this
        calendar, or the appointment of the booking that this booking replaces.
        """
        if row.appointment_id is not None:
            return row
        ours = _as_uuid(source.our_id)
        calendar = self.calendar
        if ours and mirrored_appointments.claim_ours(
            session, ours, calendar.shop_id, calendar.id, source.external_id
        ):
            return self._linked(session, row, ours)
        before = calendar_mirror.load(session, calendar.id, source.follows) if source.follows else None
        if before and before.appointment_id and before.mirrored and before.mirrored.live:
            calendar_mirror.link(session, before.id, None)
            mirrored_appointments.rename(session, before.appointment_id, source.external_id)
            return self._linked(session, row, before.appointment_id)
        return row

    def _in_another_calendar(self, session: Session, source: SourceBooking) -> OtherImport | None:
        return mirrored_appointments.in_another_calendar(
            session,
            shop_id=self.calendar.shop_id,
            calendar_id=self.calendar.id,
            kind=self.calendar.kind,
            external_ids=[id for id in (source.external_id, source.follows) if id],
            ours=_as_uuid(source.our_id),
        )

    def _taken_over(self, session: Session, row: MirrorRow, other: OtherImport) -> MirrorRow:
        calendar = self.calendar
        mirrored_appointments.take_over(
            session, other, shop_id=calendar.shop_id, calendar_id=calendar.id, external_id=row.external_id
        )
        return self._linked(session, row, other.id)

    def _linked(self, session: Session, row: MirrorRow, appointment_id: UUID) -> MirrorRow:
        calendar_mirror.link(session, row.id, appointment_id)
        return calendar_mirror.load(session, self.calendar.id, row.external_id) or row

    def _customer(self, session: Session, row: MirrorRow, source: SourceBooking) -> UUID | None:
        """Returns the customer if the appointment is live or is about to be created, and None otherwise."""
        if source.status is not SourceStatus.BOOKED or source.our_id or source.person is None:
            return None
        if row.mirrored is not None and not row.mirrored.live:
            return None
        if row.mirrored is None and (source.starts_at is None or source.starts_at <= self.began):
            return None
        return self.people.customer(session, source.person)


def _until_a_new_time(row: MirrorRow, source: SourceBooking) -> SourceBooking:
    """Keeps the appointment of a customer who was asked to choose a new time, until the customer does so."""
    waits = row.new_time_requested and source.status is SourceStatus.CANCELLED and not source.followed_by
    return replace(source, status=SourceStatus.WAITING) if waits else source


Problem = str | None
Action = Callable[[Reader, Session, MirrorRow, SourceBooking, UUID | None], Problem]


def _nothing(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    return None


def _book(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    assert source.starts_at is not None and source.ends_at is not None  # noqa: S101, PT018 - a NEW booking has times
    if row.appointment_id is not None:
        # The booking was cancelled in the calendar and then booked again. The old appointment stays cancelled.
        mirrored_appointments.rename(session, row.appointment_id, None)
    length = source.ends_at - source.starts_at
    people, calendar = reader.people, reader.calendar
    new = NewBooking(
        shop_id=calendar.shop_id,
        customer_id=customer_id or people.customer(session, source.person),
        starts_at=source.starts_at,
        ends_at=source.ends_at,
        performer_id=people.performer(session, source.staff),
        service_id=people.service(session, source.service, length=length, price_cents=source.price_cents),
        price_cents=source.price_cents,
        calendar_id=calendar.id,
        external_id=source.external_id,
        id=_lost_id(session, row, source),
    )
    deposit = DepositTaken(source.paid_cents) if source.paid_cents else None
    try:
        appointment_id = bookings.book(session, new, by=BY_CALENDAR, deposit=deposit)
    except OverlapError as overlap:
        return _conflict(reader, session, row, source, overlap.appointment_id)
    calendar_mirror.link(session, row.id, appointment_id)
    return None


def _lost_id(session: Session, row: MirrorRow, source: SourceBooking) -> UUID | None:
    """Returns the id of an appointment that this system booked in the calendar and that is missing from a restored
    database.

    With the same id, the appointment's payment at Stripe belongs to the appointment again.
    """
    ours = _as_uuid(source.our_id)
    return ours if ours and row.appointment_id is None and mirrored_appointments.is_unused(session, ours) else None


def _move(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    assert row.appointment_id and source.starts_at and source.ends_at  # noqa: S101, PT018 - a MOVED booking has these values
    performer_id = reader.people.performer(session, source.staff)
    to = NewTime(source.starts_at, source.ends_at, performer_id)
    try:
        refusal = appointment_moves.move(session, row.appointment_id, to, by=BY_CALENDAR)
    except OverlapError as overlap:
        return _conflict(reader, session, row, source, overlap.appointment_id)
    return refusal.value if refusal else None


def _cancel(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    assert row.appointment_id  # noqa: S101 - only a mirrored booking is cancelled
    appointments.request_cancellation(session, row.appointment_id, by=BY_CALENDAR)
    return None


def _withdraw(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    """Cancels the appointment without selling its time, because no customer cancelled it."""
    assert row.appointment_id  # noqa: S101 - only a mirrored booking is withdrawn
    found = appointments.find(session, row.appointment_id)
    if found and found.facts.status is BookingStatus.BOOKED:
        appointments.mark_cancelled(session, found, by=BY_CALENDAR)
    return None


def _change_customer(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    assert row.appointment_id and customer_id  # noqa: S101, PT018 - the rule has compared these values
    if row.mirrored and row.mirrored.status is BookingStatus.BOOKED:
        mirrored_appointments.change_customer(session, row.appointment_id, customer_id)
    return None


def _cancel_there(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    key = f"cancel_in_calendar:{row.appointment_id}"
    shop_id = reader.calendar.shop_id
    pending_tasks.add(session, "cancel_in_calendar", row.appointment_id, key=key, shop_id=shop_id)
    return None


def _follow(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, customer_id: UUID | None
) -> Problem:
    """Reads the booking that replaced this booking, unless its appointment is no longer live."""
    if row.mirrored is None or row.mirrored.live:
        sync_later(session, reader.calendar, str(source.followed_by))
    return None


def sync_later(
    session: Session, calendar: StoredCalendar, external_id: str, *, due_at: datetime | None = None
) -> None:
    """Adds a task that reads one booking."""
    arguments = (calendar.id, external_id)
    pending_tasks.add(session, "sync_booking", *arguments, shop_id=calendar.shop_id, due_at=due_at)


def _conflict(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, occupant_id: UUID | None
) -> Problem:
    """Handles a booking in the calendar that overlaps an appointment.

    Ends the appointment if it is only a hold. Otherwise, the staff must resolve the conflict.
    """
    occupant = mirrored_appointments.conflict(session, occupant_id) if occupant_id else None
    if occupant and _entered_by_hand(reader, session, row, source, occupant):
        return None
    if occupant and occupant.slot_opening_id and occupant.status is BookingStatus.PENDING_PAYMENT:
        event = ev.TimeTakenInCalendar(occupant.id)
        apply_event(session, reader.dependencies, occupant.slot_opening_id, event, actor=BY_CALENDAR)
        again = clock.now(session) + AGAIN_AFTER
        sync_later(session, reader.calendar, row.external_id, due_at=again)
        return HELD
    if reader.calendar.last_synced_at is not None:
        text = f"A booking in “{reader.calendar.name}” overlaps an appointment here. Move or cancel one of them."
        tell_staff(session, reader.calendar, text, key=f"overlap:{row.external_id}")
    return OVERLAPS


def _entered_by_hand(
    reader: Reader, session: Session, row: MirrorRow, source: SourceBooking, occupant: Conflict
) -> bool:
    """Whether staff entered this recovered booking in a read-only calendar, as a notification had requested."""
    calendar = reader.calendar
    same_time = (occupant.starts_at, occupant.ends_at) == (source.starts_at, source.ends_at)
    if PROVIDERS[calendar.kind].writes or occupant.there or not occupant.slot_opening_id or not same_time:
        return False
    if not mirrored_appointments.adopt(session, occupant.id, calendar.shop_id, calendar.id, row.external_id):
        return False
    calendar_mirror.link(session, row.id, occupant.id)
    return True


ACTIONS: dict[Change, Action] = {
    Change.NEW: _book,
    Change.MOVED: _move,
    Change.CANCELLED: _cancel,
    Change.WITHDRAWN: _withdraw,
    Change.OTHER_CUSTOMER: _change_customer,
    Change.CANCEL_THERE: _cancel_there,
    Change.FOLLOWED: _follow,
    Change.NO_SHOW: _nothing,
    Change.NOTHING: _nothing,
}


def _as_uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
