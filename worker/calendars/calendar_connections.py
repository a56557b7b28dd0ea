"""Opens the connection to a calendar for one task and handles its failures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from db import clock
from db.calendars import calendars
from db.calendars.calendars import StoredCalendar
from domain.effects import NotifyStaff, Severity
from messaging.staff_notifications import notify_staff
from providers.calendars.credentials import UnreadableCredentialsError
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, Connection
from worker.dependencies import Dependencies
from worker.task_run import Outcome, TaskRun

LOOK_AGAIN = timedelta(minutes=10)
Answer = TypeVar("Answer")
PAUSED = "The calendar is paused."

GONE: Outcome = {"outcome": "no calendar", "reason": "The calendar is paused or disconnected."}


class CalendarStoppedError(Exception):
    """The calendar was paused or disconnected while it was read."""

    def __init__(self) -> None:
        super().__init__("The calendar was paused or disconnected in the meantime.")


@dataclass(frozen=True, slots=True)
class OpenCalendar:
    """A stored calendar and a connection with valid credentials."""

    stored: StoredCalendar
    connection: Connection


def connection_of(dependencies: Dependencies, stored: StoredCalendar) -> Connection:
    """Returns the connection with decrypted credentials. Raises CalendarDeniedError if no key decrypts them."""
    try:
        credentials = dependencies.calendars.box.decrypt(stored.credentials)
    except UnreadableCredentialsError as error:
        raise CalendarDeniedError(str(error)) from None
    return Connection(
        id=stored.id,
        shop_id=stored.shop_id,
        kind=stored.kind,
        name=stored.name,
        credentials=credentials,
        settings=stored.settings,
        timezone=stored.timezone,
        currency=stored.currency,
    )


def open_calendar(run: TaskRun, stored: StoredCalendar, *, renew: bool = False) -> OpenCalendar:
    """Refreshes credentials that expire soon, and stores the new credentials before using them.

    `renew`: whether to refresh the credentials in any case.
    """
    connection = connection_of(run.dependencies, stored)
    with run.transaction() as session:
        now = clock.now(session)
    if new := run.dependencies.calendars.refresh(_without_expiry(connection) if renew else connection, now):
        credentials = merged(connection.credentials, new)
        encrypted = run.dependencies.calendars.box.encrypt(credentials)
        with run.transaction() as session:
            # If another task refreshed the credentials first, its result is used.
            calendars.store_credentials(session, stored.id, encrypted, was=stored.credentials)
            again = calendars.find(session, stored.id)
        if again is not None:
            return OpenCalendar(again, connection_of(run.dependencies, again))
    return OpenCalendar(stored, connection)


def merged(credentials: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Merges new credentials into the old credentials. Removes credentials whose new value is empty."""
    return {name: value for name, value in {**credentials, **new}.items() if value}


def _without_expiry(connection: Connection) -> Connection:
    """Removes the expiry time to force a refresh of the token."""
    return replace(connection, credentials={**connection.credentials, "expires_at": ""})


def with_fresh_tokens(run: TaskRun, stored: StoredCalendar, body: Callable[[OpenCalendar], Answer]) -> Answer:
    """Runs the body. Runs it again with new tokens if the provider rejects tokens that should still be valid."""
    opened = open_calendar(run, stored)
    try:
        return body(opened)
    except CalendarDeniedError:
        if not opened.connection.credentials.get("refresh_token"):
            raise
    return body(open_calendar(run, opened.stored, renew=True))


def with_calendar(
    run: TaskRun, calendar_id: UUID, body: Callable[[OpenCalendar], Outcome], *, waits_for_resume: bool = False
) -> Outcome:
    """Runs the body with an open connection. Retries if the provider fails. Marks the calendar as broken after a
    denial. Ends if the calendar is paused or disconnected.

    `waits_for_resume`: whether the task waits while the calendar is paused, instead of ending.
    """
    with run.transaction() as session:
        stored = calendars.find(session, calendar_id)
    if stored is not None and stored.status == "paused" and waits_for_resume:
        with run.transaction() as session:
            return run.later(session, delay=LOOK_AGAIN, reason=PAUSED)
    if stored is None or stored.status not in calendars.WORKING:
        return GONE
    try:
        return with_fresh_tokens(run, stored, body)
    except CalendarStoppedError:
        return GONE
    except CalendarUnavailableError as error:
        return _later(run, stored, error)
    except CalendarDeniedError as error:
        with run.transaction() as session:
            break_calendar(session, stored, str(error))
            return run.retry_when_available(session, reason=str(error))


def _later(run: TaskRun, stored: StoredCalendar, error: CalendarUnavailableError) -> Outcome:
    with run.transaction() as session:
        calendars.note_error(session, stored.id, str(error))
        if error.retry_after:
            return run.later(session, delay=max(error.retry_after, timedelta(seconds=1)), reason=str(error))
        return run.retry_when_available(session, reason=str(error))


def break_calendar(session: Session, stored: StoredCalendar, reason: str) -> None:
    """Marks the calendar as broken. Notifies the staff, but only once until the calendar works again."""
    if calendars.mark_broken(session, stored, reason):
        text = f"The calendar “{stored.name}” can't be read: {reason} Its times are not sold until it is reconnected."
        notification = NotifyStaff("needs_human", text, Severity.CRITICAL)
        now = clock.now(session)
        key = f"calendar_broken:{stored.id}:{now.isoformat()}"
        notify_staff(session, shop_id=stored.shop_id, effect=notification, dedupe_key=key)


def tell_staff(session: Session, stored: StoredCalendar, text: str, *, key: str) -> None:
    """Adds a notification that requires action, once for each `key`."""
    notification = NotifyStaff("needs_human", text, Severity.CRITICAL)
    notify_staff(session, shop_id=stored.shop_id, effect=notification, dedupe_key=f"calendar:{stored.id}:{key}")
