"""Connects, checks and disconnects calendars for the `slots` command and the pages."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db import clock
from db.audit import OPERATOR
from db.calendars import calendar_previews, calendars
from db.calendars.calendars import StoredCalendar
from domain.plurals import counted
from providers.calendars.port import Account, CalendarDeniedError, CalendarUnavailableError, Connection
from worker.calendars.calendar_connections import connection_of, merged, open_calendar, tell_staff, with_fresh_tokens
from worker.calendars.sync import SyncReport, list_changes
from worker.dependencies import Dependencies
from worker.task_run import TaskRun

WHOLE = float("inf")
FAILURES = (CalendarUnavailableError, CalendarDeniedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalendar:
    """The entered values. `credentials` are in plain text. `settings` may contain `base_url`, `service_id` and
    `consent`.
    """

    shop_id: UUID
    kind: str
    name: str
    credentials: Mapping[str, str]
    settings: Mapping[str, Any]
    timezone: str = "UTC"
    by: str = OPERATOR


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected calendar.

    `subscribed`: whether the calendar sends webhooks. If not, `by_hand` states whether the shop can register the
    webhook URL with the provider manually.
    """

    id: UUID
    account: str
    webhook_url: str
    subscribed: bool
    by_hand: bool


def webhook_url(dependencies: Dependencies, calendar_id: UUID) -> str:
    return f"{dependencies.app_url}/api/calendars/{calendar_id}/webhook"


def connect(dependencies: Dependencies, new: NewCalendar) -> Connected:
    """Checks the credentials, stores the calendar and subscribes to its webhooks. Raises the port's errors."""
    with dependencies.transactions() as session:
        now = clock.now(session)
    new = replace(new, credentials=merged(new.credentials, dependencies.calendars.refresh(_trial(new), now)))
    account = dependencies.calendars.check(_trial(new))
    with dependencies.transactions() as session:
        calendar_id = calendars.connect(
            session,
            shop_id=new.shop_id,
            kind=new.kind,
            name=new.name,
            credentials=dependencies.calendars.box.encrypt(new.credentials),
            settings=new.settings,
            by=new.by,
        )
        calendars.note_account(session, calendar_id, account.id, account.label)
    return subscribe(dependencies, calendar_id, account.label)


def _trial(new: NewCalendar) -> Connection:
    """Returns a connection for a calendar that is not stored yet."""
    return Connection(
        id=new.shop_id,
        shop_id=new.shop_id,
        kind=new.kind,
        name=new.name,
        credentials=new.credentials,
        settings=new.settings,
        timezone=new.timezone,
    )


def subscribe(dependencies: Dependencies, calendar_id: UUID, account: str = "") -> Connected:
    """Subscribes to the webhooks of this calendar.

    If the subscription fails, the calendar is only read periodically. With OAuth access, the shop can't enter the
    webhook address itself, because the webhooks belong to our application.
    """
    with dependencies.transactions() as session:
        stored = calendars.find(session, calendar_id)
    assert stored is not None  # noqa: S101 - calendars are never deleted
    url = webhook_url(dependencies, calendar_id)
    connection = connection_of(dependencies, stored)
    try:
        made = dependencies.calendars.subscribe(connection, url)
    except FAILURES:
        made = {}
    if made:
        encrypted = dependencies.calendars.box.encrypt({**connection.credentials, **made})
        with dependencies.transactions() as session:
            kept = calendars.store_credentials(session, calendar_id, encrypted, was=stored.credentials)
        if not kept:
            # Another task has stored new credentials in the meantime.
            # The secret of this subscription was therefore not stored, and the subscription is useless.
            with contextlib.suppress(*FAILURES):
                dependencies.calendars.unsubscribe(
                    replace(connection, credentials={**connection.credentials, **made})
                )
            made = {}
    connected = Connected(
        calendar_id, account, url, bool(made), by_hand=not connection.credentials.get("refresh_token")
    )
    with dependencies.transactions() as session:
        calendar_previews.note_webhooks(
            session, calendar_id, subscribed=connected.subscribed, by_hand=connected.by_hand
        )
    return connected


def read_all(dependencies: Dependencies, calendar_id: UUID) -> SyncReport:
    """Reads all changes in this process. Raises the port's errors and CalendarStoppedError."""
    run = TaskRun(None, dependencies)
    stored = _stored(dependencies, calendar_id)
    return with_fresh_tokens(run, stored, lambda opened: list_changes(run, opened, longest=WHOLE))


def _stored(dependencies: Dependencies, calendar_id: UUID) -> StoredCalendar:
    """Returns the calendar. Raises LookupError if it is unknown."""
    with dependencies.transactions() as session:
        stored = calendars.find(session, calendar_id)
    if stored is None:
        raise LookupError(f"There is no calendar {calendar_id}.")
    return stored


def check(dependencies: Dependencies, calendar_id: UUID) -> Account:
    """Checks the credentials, and returns the owner of the calendar.

    Raises the port's errors. If the provider denies access, the caller must mark the calendar as broken.
    """
    run, stored = TaskRun(None, dependencies), _stored(dependencies, calendar_id)
    return with_fresh_tokens(run, stored, lambda opened: dependencies.calendars.check(opened.connection))


def disconnect(dependencies: Dependencies, stored: StoredCalendar, *, by: str) -> bool:
    """Releases the holds, cancels the webhook subscription and revokes our access, if the provider responds.

    Deletes the credentials in any case. Returns False if the calendar was already disconnected. Afterwards, no task
    is allowed to write to the calendar; see `db.calendars.calendar_pages.disconnect`.
    """
    with dependencies.transactions() as session:
        held = calendars.held(session, stored.id)
    left = _end_there(dependencies, stored, held)
    with dependencies.transactions() as session:
        done = calendars.disconnect(session, stored, by=by)
        if done and left:
            still = f"{counted(left, 'time')} held for offers could not be released there"
            tell_staff(session, stored, f"“{stored.name}” is disconnected, but {still}. Delete them.", key="left")
        return done


def _end_there(dependencies: Dependencies, stored: StoredCalendar, held: list[str]) -> int:
    """Releases the holds, cancels the webhook subscription and revokes our access.

    Returns the number of holds that could not be released.
    """
    try:
        connection = open_calendar(TaskRun(None, dependencies), stored).connection
    except FAILURES:
        return len(held)
    left = 0
    for external_id in held:
        try:
            dependencies.calendars.release(connection, external_id)
        except FAILURES:
            left += 1
    with contextlib.suppress(*FAILURES):
        dependencies.calendars.unsubscribe(connection)
    with dependencies.transactions() as session:
        shared = calendars.shares_account(session, stored)
    if not shared:
        with contextlib.suppress(*FAILURES):
            dependencies.calendars.revoke(connection)
    return left
