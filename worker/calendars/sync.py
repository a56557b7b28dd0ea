"""Reads a single booking of a calendar after a webhook, or all changes since the last read."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from db import clock
from db.calendars import calendar_mirror, calendars
from db.calendars.calendars import StoredCalendar
from db.tasks import pending_tasks
from domain.calendars.changes import Change
from domain.calendars.source_booking import SourceBooking, SourceStatus
from providers.calendars.port import NotThere, Page, SyncPoint, is_recent
from worker.calendars.apply_booking import Reader
from worker.calendars.calendar_connections import OpenCalendar, with_calendar
from worker.task_run import Outcome, TaskRun, clock_task, task

APPLIED_AT_ONCE = 25
"""The number of bookings that are applied in one transaction."""

COMPLETED_AT_ONCE = 100
"""The number of bookings that are completed together."""

LONGEST = 30.0
"""The time in seconds after which another task continues the listing. It is well below the lease."""

CURSOR_LASTS = timedelta(minutes=4)
"""A listing that stopped longer ago than this starts over. All providers' cursors are assumed to last longer."""

DIFFERS_FOR = timedelta(hours=1)
"""The time for which a booking that differs from its appointment is read repeatedly."""

WINDOW_LASTS = timedelta(days=1)
"""The time for which a token is used. A token reports changes only within the window of the listing that returned it.
"""

NOT_APPLIED = (IntegrityError, DataError, LookupError)
"""Errors that concern one booking: another transaction changed the same rows, or a value can't be stored."""

TWO_MISSES = timedelta(minutes=10)
"""If bookings can't be requested by id, a booking is cancelled if two listings this far apart do not contain it."""


@dataclass(slots=True)
class SyncReport:
    """A summary of a listing: the number of bookings, and the number of changes by kind."""

    read: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    complete: bool = True

    @property
    def outcome(self) -> Outcome:
        outcome = "synced" if self.complete else "continued"
        return {"outcome": outcome, "read": self.read, "changes": dict(self.changes)}


@task("sync_booking")
def sync_booking(run: TaskRun, calendar_id: UUID, external_id: str) -> Outcome:
    """Reads one booking from its calendar and applies the changes.

    Cancels the appointment if the provider reports that no booking has this id.
    """
    return with_calendar(run, calendar_id, lambda opened: _sync_one(run, opened, external_id))


def _sync_one(run: TaskRun, opened: OpenCalendar, external_id: str) -> Outcome:
    with run.transaction() as session:
        began = clock.now(session)
    found = run.dependencies.calendars.fetch(opened.connection, external_id)
    if isinstance(found, NotThere):
        found = SourceBooking(external_id=external_id, status=SourceStatus.CANCELLED)
    with run.transaction() as session:
        reader = Reader.of(run.dependencies, opened.stored, began)
        reader.wait_for_turn(session)
        change = reader.apply(session, found)
        return run.settle(session, {"outcome": change.value})


@task("sync_calendar")
def sync_calendar(run: TaskRun, calendar_id: UUID) -> Outcome:
    """Reads all changes in a calendar since the last read.

    Another task continues a long listing.
    """
    return with_calendar(run, calendar_id, lambda opened: _sync(run, opened))


def _sync(run: TaskRun, opened: OpenCalendar) -> Outcome:
    report = list_changes(run, opened, longest=LONGEST)
    with run.transaction() as session:
        if not report.complete:
            stored = opened.stored
            pending_tasks.add(session, "sync_calendar", stored.id, shop_id=stored.shop_id)
        return run.settle(session, report.outcome)


def list_changes(run: TaskRun, opened: OpenCalendar, *, longest: float) -> SyncReport:
    """Applies the listing page by page, and stores the position after each page.

    Raises the port's errors and CalendarStoppedError.
    """
    stored, report, started = opened.stored, SyncReport(), time.monotonic()
    with run.transaction() as session:
        now = clock.now(session)
    progress = _progress(stored, now)
    began = datetime.fromisoformat(progress["began"]) if progress else now
    cursor: str | None = progress.get("cursor")
    while True:
        page = _page(run, opened, _point(stored, began, cursor))
        in_time = _apply_page(run, opened, page, began, report, until=started + longest)
        if in_time and page.cursor is None:
            _finish(run, stored, page, began)
            return report
        cursor = page.cursor if in_time else cursor
        with run.transaction() as session:
            calendars.note_progress(session, stored.id, _progress_at(clock.now(session), began, cursor))
        if time.monotonic() > started + longest:
            report.complete = False
            return report


def _progress_at(now: datetime, began: datetime, cursor: str | None) -> Mapping[str, Any]:
    return {"began": began.isoformat(), "cursor": cursor, "at": now.isoformat()}


def _progress(stored: StoredCalendar, now: datetime) -> Mapping[str, Any]:
    """Returns the position at which the last task stopped.

    The result is empty if the cursor may have expired; the listing then starts over.
    """
    progress: Mapping[str, Any] = stored.settings.get("progress") or {}
    at = progress.get("at")
    return progress if at and now - datetime.fromisoformat(at) < CURSOR_LASTS else {}


def _page(run: TaskRun, opened: OpenCalendar, point: SyncPoint) -> Page:
    """Reads a page. If our rows have changed since the last listing, reads even a listing that has not changed."""
    page = run.dependencies.calendars.changes(opened.connection, point)
    if not page.unchanged or page.covers is None:
        return page
    stored = opened.stored
    since = datetime.fromisoformat(str(stored.settings["whole_at"]))
    with run.transaction() as session:
        changed_here = calendar_mirror.changed_here(session, stored.id, page.covers[0], since=since)
    if not changed_here:
        return page
    return run.dependencies.calendars.changes(opened.connection, replace(point, token=None))


def _point(stored: StoredCalendar, began: datetime, cursor: str | None) -> SyncPoint:
    whole_at = stored.settings.get("whole_at")
    fresh = bool(whole_at) and is_recent(str(whole_at), began, WINDOW_LASTS)
    token = stored.settings.get("token") if fresh else None
    return SyncPoint(now=began, since=stored.synced_until, token=token, cursor=cursor)


def _apply_page(
    run: TaskRun, opened: OpenCalendar, page: Page, began: datetime, report: SyncReport, *, until: float
) -> bool:
    """Applies the page. Returns False if `until` (monotonic clock) passes before the end; the page is then listed
    again.
    """
    stored = opened.stored
    reader = Reader.of(run.dependencies, stored, began)
    if not page.bookings:
        return True
    with run.transaction() as session:
        same = calendar_mirror.mark_unchanged(session, stored.id, page.bookings, began=began)
    listed = tuple(one for one in page.bookings if one.external_id not in same)
    for first in range(0, len(listed), COMPLETED_AT_ONCE):
        if first and time.monotonic() > until:
            return False
        changed = run.dependencies.calendars.complete(opened.connection, listed[first : first + COMPLETED_AT_ONCE])
        for start in range(0, len(changed), APPLIED_AT_ONCE):
            _apply_together(run, reader, changed[start : start + APPLIED_AT_ONCE], report)
    report.read += len(page.bookings)
    return True


def _apply_together(run: TaskRun, reader: Reader, batch: Sequence[SourceBooking], report: SyncReport) -> None:
    """Applies bookings together or, after an error, one by one, so that only the booking with the error waits."""
    try:
        with run.transaction() as session:
            reader.wait_for_turn(session)
            changes = [reader.apply(session, one) for one in batch]
    except NOT_APPLIED:
        if len(batch) == 1:
            # A separate task retries the booking, and is shown to an operator if it never succeeds.
            with run.transaction() as session:
                _read_later(session, reader.calendar, batch[0].external_id)
            return
        for one in batch:
            _apply_together(run, reader, [one], report)
        return
    report.changes.update(change.value for change in changes if change is not Change.NOTHING)


def _finish(run: TaskRun, stored: StoredCalendar, page: Page, began: datetime) -> None:
    with run.transaction() as session:
        if page.covers:
            _look_for_vanished(session, run, stored, page, began)
        for external_id in _to_read_again(session, stored, page, began):
            _read_later(session, stored, external_id)
        whole = page.covers is not None and not page.unchanged
        calendars.note_synced(session, stored.id, until=began, token=page.token, whole=whole)


def _to_read_again(session: Session, stored: StoredCalendar, page: Page, began: datetime) -> list[str]:
    """Returns bookings that still differ from their appointments and may be missing from this listing."""
    again = [] if page.covers else calendar_mirror.left_out(session, stored.id, after=began)
    if page.final or stored.synced_until is None:
        return again
    since = stored.synced_until - DIFFERS_FOR
    return again + calendar_mirror.disagreeing(session, stored.shop_id, stored.id, after=began, since=since)


def _look_for_vanished(session: Session, run: TaskRun, stored: StoredCalendar, page: Page, began: datetime) -> None:
    """Requests missing bookings by id. If that is impossible, cancels a booking that is missing from two listings."""
    assert page.covers is not None  # noqa: S101 - checked by the caller
    looked_at = calendar_mirror.missing if page.unchanged else calendar_mirror.vanished
    missing = looked_at(session, stored.id, page.covers, began=began)
    if not page.final:
        for external_id in missing:
            _read_later(session, stored, external_id)
        return
    reader = Reader.of(run.dependencies, stored, began)
    reader.wait_for_turn(session)
    since = calendar_mirror.note_missing(session, stored.id, missing, began=began)
    for external_id, (first_missed, starts_at, ends_at) in since.items():
        if began - first_missed >= TWO_MISSES:
            gone = SourceBooking(
                external_id=external_id, status=SourceStatus.CANCELLED, starts_at=starts_at, ends_at=ends_at
            )
            reader.apply(session, gone)


def _read_later(session: Session, stored: StoredCalendar, external_id: str) -> None:
    """Adds a task that reads this booking, unless such a task is pending."""
    key = f"sync_booking:{stored.id}:{external_id}"
    pending_tasks.add(session, "sync_booking", stored.id, external_id, key=key, shop_id=stored.shop_id)


@clock_task("sync_calendars")
def sync_calendars(run: TaskRun) -> Outcome:
    """Adds a task for each calendar that is read periodically."""
    with run.transaction() as session:
        return {"outcome": "requested", "found": calendars.request_syncs(session)}
