"""Handles requests from the calendar pages: previews, imports and disconnects a calendar."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from uuid import UUID

from db import clock
from db.calendars import calendar_previews, calendars
from db.calendars.calendar_people import CalendarPeople
from domain.calendars.source_booking import SourceBooking, SourceStatus
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, SyncPoint
from worker.calendars import connect as connecting
from worker.calendars.calendar_connections import OpenCalendar, with_calendar, with_fresh_tokens
from worker.task_run import Outcome, TaskRun, task

LONGEST = 20.0
"""A preview stops counting bookings after this many seconds."""

GONE: Outcome = {"outcome": "no calendar", "reason": "It is imported already, or disconnected."}


@task("preview_calendar")
def preview(run: TaskRun, calendar_id: UUID) -> Outcome:
    """Counts the contents of a calendar before the import.

    Stores the counts, or the reason why counting failed.
    """
    with run.transaction() as session:
        stored = calendars.find(session, calendar_id)
        if stored is None or stored.settings.get("stage") != "preview":
            return run.settle(session, GONE)
    try:
        counted = with_fresh_tokens(run, stored, lambda opened: _counted(run, opened))
    except (CalendarUnavailableError, CalendarDeniedError) as error:
        counted = {"error": str(error)}
    with run.transaction() as session:
        calendar_previews.store(session, calendar_id, counted)
        return run.settle(session, {"outcome": "not counted" if "error" in counted else "counted"})


def _counted(run: TaskRun, opened: OpenCalendar) -> dict[str, object]:
    account = run.dependencies.calendars.check(opened.connection)
    with run.transaction() as session:
        calendars.note_account(session, opened.stored.id, account.id, account.label)
        now = clock.now(session)
    started, complete, found = monotonic(), True, []
    for page in _pages(run, opened, now):
        found += [one for one in page if _would_be_imported(one, now)]
        if monotonic() - started > LONGEST:
            complete = False
            break
    with run.transaction() as session:
        counts = calendar_previews.count(session, CalendarPeople(opened.stored), found)
    return {"account": account.label[:200], "complete": complete, **counts}


def _pages(run: TaskRun, opened: OpenCalendar, now: datetime) -> Iterator[tuple[SourceBooking, ...]]:
    cursor: str | None = None
    while True:
        page = run.dependencies.calendars.changes(opened.connection, SyncPoint(now=now, cursor=cursor))
        yield run.dependencies.calendars.complete(opened.connection, page.bookings) if page.bookings else ()
        cursor = page.cursor
        if cursor is None:
            return


def _would_be_imported(source: SourceBooking, now: datetime) -> bool:
    ahead = source.starts_at is not None and source.starts_at > now
    return source.status is SourceStatus.BOOKED and ahead and source.followed_by is None


@task("start_calendar")
def start(run: TaskRun, calendar_id: UUID) -> Outcome:
    """Subscribes to the webhooks of a newly connected calendar and reads it.

    After a reconnection, cancels the earlier subscription first.
    """
    return with_calendar(run, calendar_id, lambda opened: _start(run, opened))


def _start(run: TaskRun, opened: OpenCalendar) -> Outcome:
    with contextlib.suppress(CalendarUnavailableError, CalendarDeniedError):
        run.dependencies.calendars.unsubscribe(opened.connection)
    stored = opened.stored
    connecting.subscribe(run.dependencies, stored.id)
    with run.transaction() as session:
        calendars.request_sync(session, stored.id, stored.shop_id)
        return run.settle(session, {"outcome": "started"})


@task("disconnect_calendar")
def disconnect(run: TaskRun, calendar_id: UUID, by: str) -> Outcome:
    """Cancels the webhook subscription of a calendar and deletes its credentials."""
    with run.transaction() as session:
        stored = calendars.find(session, calendar_id)
        if stored is None or stored.status == "disconnected":
            return run.settle(session, GONE)
    connecting.disconnect(run.dependencies, stored, by=by)
    with run.transaction() as session:
        return run.settle(session, {"outcome": "disconnected"})
