"""Books accepted offers in the connected calendar before a deposit is requested, and copies cancellations to it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import clock
from db.calendars import calendar_writes, calendars
from db.calendars.calendar_writes import AppointmentThere
from db.calendars.calendars import StoredCalendar
from db.tasks import pending_tasks
from domain import events as ev
from domain.calendars.source_booking import SourceBooking, SourceStatus
from domain.money import format_amount
from domain.state import LIVE_BOOKINGS, BookingStatus
from providers.calendars.port import BookedThere, RefusedThere, TakenThere, TimeOrder
from providers.calendars.registry import PROVIDERS
from worker.apply_events import apply_event
from worker.calendars.calendar_connections import OpenCalendar, tell_staff, with_calendar
from worker.calendars.holds import end_lost_hold
from worker.task_run import Outcome, TaskRun, task

HOLD_ENDS = timedelta(seconds=2)
LOST_HOLD = timedelta(seconds=15)
"""The interval at which to check whether an expiring hold has ended."""

NOTHING: Outcome = {"outcome": "nothing to do"}


def order_for(found: AppointmentThere, *, attempt: int) -> TimeOrder:
    """Returns the order for an attempt. It differs from other orders only in the attempt number."""
    return TimeOrder(
        our_id=str(found.id),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        service_id=found.service_there,
        staff_id=found.staff_there,
        name=found.name,
        phone=found.phone,
        email=found.email,
        customer_id=found.customer_there,
        note="Sold again by slot-recovery.",
        attempt=attempt,
    )


@task("write_back")
def write_back(run: TaskRun, appointment_id: UUID) -> Outcome:
    """Books the time of an accepted offer in its calendar, once, before a deposit is requested.

    The recovery then proceeds. If the appointment has no calendar, the recovery proceeds immediately.
    """
    with run.transaction() as session:
        found = calendar_writes.appointment(session, appointment_id)
        if found is None or found.status is not BookingStatus.PENDING_PAYMENT or found.slot_opening_id is None:
            return run.settle(session, {"outcome": "not wanted", "reason": "The hold is over."})
        stored = calendars.find(session, found.calendar_id) if found.calendar_id else None
        if stored is None or stored.status not in calendars.WORKING:
            if stored is not None:
                text = f"“{stored.name}” is {stored.status}: enter the booking of a recovered slot there by hand."
                tell_staff(session, stored, text, key=f"by_hand:{appointment_id}")
            return _proceed_without(run, found)
        calendar_writes.claim(session, appointment_id, stored.id)
    order = order_for(found, attempt=2 if found.claimed else 1)
    return with_calendar(run, stored.id, lambda opened: _book(run, opened, found, order))


def _proceed_without(run: TaskRun, found: AppointmentThere) -> Outcome:
    with run.transaction() as session:
        reason = _proceed(run, session, found)
        return run.settle(session, {"outcome": "no calendar", "reason": reason})


def _proceed(run: TaskRun, session: Session, found: AppointmentThere) -> str | None:
    assert found.slot_opening_id is not None  # noqa: S101 - checked by the caller
    decision = apply_event(session, run.dependencies, found.slot_opening_id, ev.BookingWrittenBack(found.id))
    return decision.reason if decision else None


def _book(run: TaskRun, opened: OpenCalendar, found: AppointmentThere, order: TimeOrder) -> Outcome:
    """Releases our own hold, which would block the booking, and books the time."""
    if found.hold:
        run.dependencies.calendars.release(opened.connection, found.hold)
    answer = run.dependencies.calendars.book(opened.connection, order)
    if isinstance(answer, TakenThere):
        return _again_if_held(run, opened, found) or _taken(run, opened.stored, found)
    return _booked(run, opened.stored, found, answer)


def _again_if_held(run: TaskRun, opened: OpenCalendar, found: AppointmentThere) -> Outcome | None:
    """If a hold that we made in the meantime blocks the booking, releases the hold and retries."""
    assert found.slot_opening_id is not None  # noqa: S101 - checked by write_back
    with run.transaction() as session:
        now = calendar_writes.appointment(session, found.id)
        if now is None or not now.hold_wanted or now.hold == found.hold is not None:
            return None
        if now.hold is None and now.hold_ends_at and now.hold_ends_at > clock.now(session):
            return run.later(session, delay=LOST_HOLD, reason="A hold whose response was lost may still exist.")
        slot = calendar_writes.slot(session, found.slot_opening_id)
    if now.hold is None and slot is not None:
        end_lost_hold(run, opened, slot)
    with run.transaction() as session:
        if now.hold is None:
            # A task that makes a hold at this moment finds that its row is gone, and releases the hold.
            calendar_writes.drop_hold(session, found.slot_opening_id, None)
        return run.later(session, delay=HOLD_ENDS, reason="Our own hold blocks the time.")


def _taken(run: TaskRun, stored: StoredCalendar, found: AppointmentThere) -> Outcome:
    assert found.slot_opening_id is not None  # noqa: S101 - checked by write_back
    with run.transaction() as session:
        calendar_writes.drop_hold(session, found.slot_opening_id, found.hold)
        calendar_writes.forget_claim(session, found.id)
        event = ev.TimeTakenInCalendar(found.id)
        decision = apply_event(session, run.dependencies, found.slot_opening_id, event)
        calendars.request_sync(session, stored.id, stored.shop_id)
        return run.settle(session, {"outcome": "taken", "reason": decision.reason if decision else None})


def _booked(
    run: TaskRun, stored: StoredCalendar, found: AppointmentThere, answer: BookedThere | RefusedThere
) -> Outcome:
    """Records the booking. Notifies the staff if the calendar is read-only or refuses for a reason other than the
    time.
    """
    assert found.slot_opening_id is not None  # noqa: S101 - checked by write_back
    with run.transaction() as session:
        if found.hold:
            calendar_writes.drop_hold(session, found.slot_opening_id, found.hold)
        external_id = answer.external_id if isinstance(answer, BookedThere) else None
        if external_id is None:
            why = answer.reason if isinstance(answer, RefusedThere) else f"“{stored.name}” can only be read."
            calendar_writes.forget_claim(session, found.id)
            tell_staff(session, stored, f"{why} Enter the recovered booking there.", key=f"by_hand:{found.id}")
        else:
            calendar_writes.record_booking(session, found.id, external_id)
        now = calendar_writes.appointment(session, found.id)
        if now is not None and now.status not in LIVE_BOOKINGS and external_id:
            key = f"cancel_in_calendar:{found.id}"
            pending_tasks.add(session, "cancel_in_calendar", found.id, key=key, shop_id=found.shop_id)
        reason = _proceed(run, session, found)
        return run.settle(session, {"outcome": "booked there" if external_id else "by hand", "reason": reason})


@task("cancel_in_calendar")
def cancel(run: TaskRun, appointment_id: UUID) -> Outcome:
    """Cancels a booking in its calendar after its appointment was cancelled.

    If the response to the booking was lost, finds the booking by our id.
    """
    with run.transaction() as session:
        found = calendar_writes.appointment(session, appointment_id)
    if found is None or found.calendar_id is None or found.status in LIVE_BOOKINGS:
        return NOTHING
    return with_calendar(run, found.calendar_id, lambda opened: _cancel(run, opened, found), waits_for_resume=True)


def _cancel(run: TaskRun, opened: OpenCalendar, found: AppointmentThere) -> Outcome:
    if found.external_id and not PROVIDERS[opened.stored.kind].writes:
        return _cancel_by_hand(run, opened.stored, found)
    external_id = found.external_id or run.dependencies.calendars.find(opened.connection, order_for(found, attempt=2))
    if external_id is None:
        return NOTHING
    refused = run.dependencies.calendars.cancel(opened.connection, external_id)
    if refused and _still_booked(run, opened, external_id):
        return _cancel_refused(run, opened.stored, found, refused.reason)
    with run.transaction() as session:
        calendar_writes.record_booking(session, found.id, external_id)
        calendar_writes.record_cancelled(session, found.id)
        return run.settle(session, {"outcome": "cancelled there"})


def _still_booked(run: TaskRun, opened: OpenCalendar, external_id: str) -> bool:
    there = run.dependencies.calendars.fetch(opened.connection, external_id)
    return isinstance(there, SourceBooking) and there.status is SourceStatus.BOOKED and not there.followed_by


def _cancel_refused(run: TaskRun, stored: StoredCalendar, found: AppointmentThere, reason: str) -> Outcome:
    with run.transaction() as session:
        still = f"An appointment was cancelled here and is still in “{stored.name}”"
        text = f"{still}: {reason.rstrip('.')}. Cancel it there."
        tell_staff(session, stored, text, key=f"cancel_refused:{found.id}")
        return run.settle(session, {"outcome": "refused", "reason": reason})


def _cancel_by_hand(run: TaskRun, stored: StoredCalendar, found: AppointmentThere) -> Outcome:
    with run.transaction() as session:
        text = f"An appointment was cancelled here. “{stored.name}” can only be read: remove it there."
        tell_staff(session, stored, text, key=f"remove:{found.id}")
        return run.settle(session, {"outcome": "by hand"})


@task("mark_paid_in_calendar")
def mark_paid(run: TaskRun, appointment_id: UUID) -> Outcome:
    """Marks a booking in its calendar as paid."""
    with run.transaction() as session:
        found = calendar_writes.appointment(session, appointment_id)
    if found is None or found.calendar_id is None or not found.external_id or not found.paid_cents:
        return NOTHING
    words = f"Deposit paid: {format_amount(found.paid_cents, found.currency, found.locale)}"
    return with_calendar(run, found.calendar_id, lambda opened: _mark_paid(run, opened, found, words))


def _mark_paid(run: TaskRun, opened: OpenCalendar, found: AppointmentThere, words: str) -> Outcome:
    run.dependencies.calendars.mark_paid(opened.connection, str(found.external_id), words)
    return {"outcome": "marked as paid"}
