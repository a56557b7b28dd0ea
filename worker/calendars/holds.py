"""Holds the time of an offered slot in its calendar, so that the time isn't sold online in the meantime."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import clock
from db.calendars import calendar_writes, calendars
from db.calendars.calendar_writes import SlotThere
from db.tasks import pending_tasks
from domain.state import SlotStatus
from providers.calendars.port import Held, TimeOrder
from providers.calendars.registry import PROVIDERS
from worker.calendars.calendar_connections import OpenCalendar, with_calendar
from worker.task_run import Outcome, TaskRun, task

RENEWED_AT = 0.5
"""The share of a hold's duration after which the hold is renewed."""

MADE_MEANWHILE = timedelta(seconds=1)

EXECUTED_LATE = timedelta(seconds=30)
"""The maximum time that a provider is assumed to need for a request after we have stopped waiting for the response.
"""

NOTHING: Outcome = {"outcome": "nothing to do"}
NOT_WANTED: Outcome = {"outcome": "not wanted"}


@task("hold_in_calendar")
def hold(run: TaskRun, slot_opening_id: UUID) -> Outcome:
    """Holds the time of an offered slot in its calendar, so that the calendar does not sell the time.

    Replaces a hold that is about to expire.
    """
    with run.transaction() as session:
        slot = calendar_writes.slot(session, slot_opening_id)
        if slot is None or slot.calendar_id is None or not _is_offered(slot):
            return run.settle(session, NOTHING)
        lasts = PROVIDERS[str(slot.kind)].hold_lasts
        if slot.hold and not (lasts and slot.held_in == slot.calendar_id):
            return run.settle(session, NOTHING)
        calendar_writes.claim_hold(session, slot, lasts=lasts and lasts + EXECUTED_LATE)
    order = _order(slot, lasts=lasts)
    return with_calendar(run, slot.calendar_id, lambda opened: _hold(run, opened, slot, order))


def _order(slot: SlotThere, *, lasts: timedelta | None) -> TimeOrder:
    return TimeOrder(
        our_id=f"hold-{slot.id}",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        service_id=slot.service_there,
        staff_id=slot.staff_there,
        lasts=lasts,
    )


def _hold(run: TaskRun, opened: OpenCalendar, slot: SlotThere, order: TimeOrder) -> Outcome:
    if slot.hold:
        if not _end_earlier_hold(run, opened, slot.id, slot.hold):
            return NOT_WANTED
        slot = replace(slot, hold=None, hold_ends_at=None)
    answer = run.dependencies.calendars.hold(opened.connection, order)
    external_id = answer.external_id if isinstance(answer, Held) else None
    with run.transaction() as session:
        if external_id is None:
            return _after_lost_answer(run, session, slot) or _not_held(run, session, opened, slot)
        wanted = calendar_writes.record_hold(session, slot.id, external_id)
        if wanted:
            _add_its_end(run, session, slot, lasts=order.lasts)
    return {"outcome": "held"} if wanted else _not_recorded(run, opened, slot.id, external_id)


def _not_recorded(run: TaskRun, opened: OpenCalendar, slot_id: UUID, external_id: str) -> Outcome:
    """Releases a hold, unless another task has recorded it. Requests a new hold if the slot is still offered."""
    with run.transaction() as session:
        now = calendar_writes.slot(session, slot_id)
        if now is not None and now.hold == external_id:
            return run.settle(session, NOTHING)
    run.dependencies.calendars.release(opened.connection, external_id)
    with run.transaction() as session:
        now = calendar_writes.slot(session, slot_id)
        if now is not None and _is_offered(now):
            return run.later(session, delay=MADE_MEANWHILE, reason="The slot was opened again in the meantime.")
        return run.settle(session, NOT_WANTED)


def _is_offered(slot: SlotThere) -> bool:
    return slot.status is SlotStatus.OPEN and not slot.sold


def _add_its_end(run: TaskRun, session: Session, slot: SlotThere, *, lasts: timedelta | None) -> None:
    """Schedules the renewal of a hold, if holds expire, and its release if the slot was closed or sold during the
    call.
    """
    if lasts:
        # The task is settled first, because each slot can have only one task that renews its hold.
        run.settle(session, {"outcome": "held"})
        _renew_later(session, slot, due_at=clock.now(session) + lasts * RENEWED_AT)
    now = calendar_writes.slot(session, slot.id)
    if now is not None and not _is_offered(now):
        key = f"release_in_calendar:{slot.id}"
        pending_tasks.add(session, "release_in_calendar", slot.id, key=key, shop_id=slot.shop_id)


def _end_earlier_hold(run: TaskRun, opened: OpenCalendar, slot_id: UUID, earlier: str) -> bool:
    """Releases an earlier hold, because providers refuse a second hold of the same time, even by the same holder.

    If the slot no longer has this hold, settles the task and returns False.
    """
    run.dependencies.calendars.release(opened.connection, earlier)
    with run.transaction() as session:
        if calendar_writes.forget_released(session, slot_id, earlier):
            return True
        run.settle(session, NOT_WANTED)
        return False


def _renew_later(session: Session, slot: SlotThere, *, due_at: datetime) -> None:
    key = f"renew_hold:{slot.id}"
    pending_tasks.add(session, "hold_in_calendar", slot.id, key=key, shop_id=slot.shop_id, due_at=due_at)


def _after_lost_answer(run: TaskRun, session: Session, slot: SlotThere) -> Outcome | None:
    """Postpones the task until the hold of an earlier attempt ends, if such a hold may occupy the time."""
    left = slot.hold_ends_at - clock.now(session) if slot.hold_ends_at else timedelta()
    if left <= timedelta():
        return None
    calendar_writes.hold_ends_as_before(session, slot)
    return run.later(session, delay=left, reason="An earlier attempt may hold the time.")


def _not_held(run: TaskRun, session: Session, opened: OpenCalendar, slot: SlotThere) -> Outcome:
    calendar_writes.drop_hold(session, slot.id, None)
    # The calendar may have sold the time. The next read shows whether it has.
    calendars.request_sync(session, opened.stored.id, slot.shop_id)
    return run.settle(session, {"outcome": "not held"})


@task("release_in_calendar")
def release(run: TaskRun, slot_opening_id: UUID) -> Outcome:
    """Releases the time of a slot that is sold or no longer offered."""
    with run.transaction() as session:
        slot = calendar_writes.slot(session, slot_opening_id)
        if slot is None or slot.held_in is None or _is_offered(slot):
            return run.settle(session, NOTHING)
    return with_calendar(run, slot.held_in, lambda opened: _release(run, opened, slot), waits_for_resume=True)


def _release(run: TaskRun, opened: OpenCalendar, slot: SlotThere) -> Outcome:
    if slot.hold:
        run.dependencies.calendars.release(opened.connection, slot.hold)
    ended = slot.hold or end_lost_hold(run, opened, slot)
    with run.transaction() as session:
        # A task that is making a hold concurrently finds that its row is gone, and releases its hold.
        dropped = calendar_writes.drop_hold(session, slot.id, slot.hold)
        now = calendar_writes.slot(session, slot.id)
        if now is not None and _is_offered(now):
            return _hold_again(run, session, now, ended)
        if dropped or slot.hold:
            return run.settle(session, {"outcome": "released"})
        return run.later(session, delay=MADE_MEANWHILE, reason="The hold was made in the meantime.")


def _hold_again(run: TaskRun, session: Session, slot: SlotThere, ended: str | None) -> Outcome:
    """Requests a new hold for a slot that was reopened during the release. The release may have ended the slot's new
    hold, because both holds have the same id.
    """
    if slot.hold in (None, ended):
        calendar_writes.drop_hold(session, slot.id, slot.hold)
        key = f"hold_again:{slot.id}"
        pending_tasks.add(session, "hold_in_calendar", slot.id, key=key, shop_id=slot.shop_id)
    return run.settle(session, {"outcome": "opened again"})


def end_lost_hold(run: TaskRun, opened: OpenCalendar, slot: SlotThere) -> str | None:
    """Releases a hold that may exist although no task has recorded it, because its worker was killed.

    Finds the hold by repeating the request, because a repeated request returns the first hold. If the provider's
    holds expire, does nothing. Returns the id of the released hold.
    """
    if PROVIDERS[opened.stored.kind].hold_lasts:
        return None
    answer = run.dependencies.calendars.hold(opened.connection, _order(slot, lasts=None))
    if not isinstance(answer, Held) or not answer.external_id:
        return None
    run.dependencies.calendars.release(opened.connection, answer.external_id)
    return answer.external_id
