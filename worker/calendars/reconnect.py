"""Checks new credentials for a calendar, and uses them if they belong to the same account."""

import contextlib
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from db import clock
from db.calendars import calendar_mirror, calendar_pages, calendar_reconnects, calendars
from db.calendars.calendars import StoredCalendar
from providers.calendars.port import Account, CalendarDeniedError, CalendarUnavailableError, Connection, SyncPoint
from worker.calendars.calendar_connections import connection_of, merged
from worker.task_run import Outcome, TaskRun, task

GONE: Outcome = {"outcome": "no credentials", "reason": "Nothing was entered, or it was checked already."}

OF_ONE_CONNECTION = ("access_token", "refresh_token", "expires_at")
"""The credentials that new credentials always replace."""


@task("reconnect_calendar")
def reconnect(run: TaskRun, calendar_id: UUID) -> Outcome:
    """Checks new credentials for a calendar, and stores them.

    Refuses the credentials of another account, in which all our bookings would seem to be cancelled.
    """
    with run.transaction() as session:
        stored, proposed = calendars.find(session, calendar_id), calendar_reconnects.proposed(session, calendar_id)
        if stored is None or not proposed:
            return run.settle(session, GONE)
    try:
        connection, proposed = _fresh(run, _proposed_connection(run, stored, proposed), proposed)
        account = run.dependencies.calendars.check(connection)
        _require_same(stored, account)
        _require_same_bookings(run, stored, connection)
    except CalendarUnavailableError as error:
        with run.transaction() as session:
            return run.retry_when_available(session, reason=str(error))
    except CalendarDeniedError as error:
        with run.transaction() as session:
            calendar_reconnects.reject(session, stored, str(error), was=proposed)
            return run.settle(session, {"outcome": "rejected"})
    with run.transaction() as session:
        _use(session, stored, account, proposed)
        return run.settle(session, {"outcome": "reconnected"})


def _proposed_connection(run: TaskRun, stored: StoredCalendar, proposed: str) -> Connection:
    """Returns a connection with the new credentials and the old credentials that are kept, such as the webhook
    secret.
    """
    new = connection_of(run.dependencies, replace(stored, credentials=proposed))
    with contextlib.suppress(CalendarDeniedError):
        old = connection_of(run.dependencies, stored).credentials
        kept = {name: value for name, value in old.items() if name not in OF_ONE_CONNECTION}
        return replace(new, credentials={**kept, **new.credentials})
    return new


def _fresh(run: TaskRun, connection: Connection, proposed: str) -> tuple[Connection, str]:
    """Stores the tokens before they are used, because the code can't be exchanged again.

    Returns the connection with these tokens, and the stored credentials.
    """
    with run.transaction() as session:
        now = clock.now(session)
    new = run.dependencies.calendars.refresh(connection, now)
    connection = replace(connection, credentials=merged(connection.credentials, new))
    encrypted = run.dependencies.calendars.box.encrypt(connection.credentials)
    with run.transaction() as session:
        kept = calendar_reconnects.keep(session, connection.id, encrypted, was=proposed)
    return connection, encrypted if kept else proposed


def _require_same(stored: StoredCalendar, account: Account) -> None:
    known = (stored.settings.get("account") or {}).get("id")
    if known and known != account.id:
        reason = f"“{account.label}” is another account. Connect it as a separate calendar,"
        raise CalendarDeniedError(f"{reason} or reconnect with the account of this one.")


def _require_same_bookings(run: TaskRun, stored: StoredCalendar, connection: Connection) -> None:
    """Refuses a feed that contains none of the imported bookings. Feeds have no owner, and often the same name."""
    if stored.kind not in calendars.READ_ONLY:
        return
    with run.transaction() as session:
        now = clock.now(session)
    page = run.dependencies.calendars.changes(connection, SyncPoint(now=now))
    listed = {booking.external_id for booking in page.bookings}
    with run.transaction() as session:
        known = calendar_mirror.vanished(session, stored.id, page.covers or (now, now), began=now)
    if known and listed.isdisjoint(known):
        reason = "This feed contains none of the imported bookings, so all of them would seem to be cancelled."
        raise CalendarDeniedError(f"{reason} Disconnect this calendar, and connect the feed as a new one.")


def _use(session: Session, stored: StoredCalendar, account: Account, proposed: str) -> None:
    """Stores the new credentials. If other credentials, which have their own task, were entered, does nothing."""
    if not calendar_reconnects.accept(session, stored, was=proposed):
        return
    calendars.note_account(session, stored.id, account.id, account.label)
    calendar_pages.note(session, stored.shop_id, f"“{stored.name}” was reconnected.", stored.id, by="system")
    next_task = "preview_calendar" if stored.settings.get("stage") == "preview" else "start_calendar"
    calendar_pages.ask(session, stored.shop_id, next_task, stored.id)
