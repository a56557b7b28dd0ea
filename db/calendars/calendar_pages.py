"""Reads and changes the connected calendars of one shop for the pages and commands, without their credentials.

Every change is recorded in the audit log. `by` is the actor.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from db import audit, locks
from db.models import Calendar, CalendarBooking
from db.tasks import pending_tasks

MOST_CALENDARS = 20

COLUMNS = (
    *(Calendar.id, Calendar.kind, Calendar.name, Calendar.status, Calendar.settings),
    *(Calendar.last_error, Calendar.last_synced_at, Calendar.created_at),
)
PREVIEW = {"stage": "preview"}
ENTERED = "entered"
"""The setting with the digest of the form that connected the calendar."""


class TooManyCalendarsError(Exception):
    """The shop already has MOST_CALENDARS calendars."""


def all_of(session: Session, shop_id: UUID) -> Sequence[Any]:
    """Returns the shop's calendars that are not disconnected, oldest first."""
    wanted = select(*COLUMNS).where(Calendar.shop_id == shop_id, Calendar.status != "disconnected")
    return session.execute(wanted.order_by(Calendar.created_at, Calendar.id)).all()


def find(session: Session, shop_id: UUID, calendar_id: UUID) -> Any | None:
    """Returns the calendar, or None if it is unknown, is disconnected or belongs to another shop."""
    wanted = select(*COLUMNS).where(Calendar.shop_id == shop_id, Calendar.id == calendar_id)
    return session.execute(wanted.where(Calendar.status != "disconnected")).one_or_none()


def found_in(session: Session, shop_id: UUID) -> dict[UUID, Any]:
    """Returns, for each calendar, the number of bookings that were `read` and the number of their `appointments`."""
    counted = (
        select(
            CalendarBooking.calendar_id,
            func.count().label("read"),
            func.count(CalendarBooking.appointment_id).label("appointments"),
        )
        .where(CalendarBooking.shop_id == shop_id)
        .group_by(CalendarBooking.calendar_id)
    )
    return {row.calendar_id: row for row in session.execute(counted)}


def not_mirrored(session: Session, shop_id: UUID, calendar_id: UUID, *, limit: int) -> Sequence[Any]:
    """Returns the bookings that have no appointment in this system, each with the reason, earliest first."""
    wanted = select(CalendarBooking.starts_at, CalendarBooking.not_mirrored).where(
        CalendarBooking.shop_id == shop_id,
        CalendarBooking.calendar_id == calendar_id,
        CalendarBooking.not_mirrored.is_not(None),
    )
    return session.execute(wanted.order_by(CalendarBooking.starts_at).limit(limit)).all()


def create(
    session: Session,
    shop_id: UUID,
    *,
    kind: str,
    name: str,
    credentials: str,
    settings: Mapping[str, Any],
    entered: str | None,
    by: str,
) -> UUID:
    """Stores a new calendar, and requests its preview. Raises TooManyCalendarsError.

    `entered`: a digest of the form without the name. If a connected calendar has the same digest, returns that
    calendar: the form was sent twice, or the calendar was already connected. None: the credentials can't be sent
    twice.
    """
    locks.wait_for_turn(session, f"new calendar {shop_id}")
    existing = all_of(session, shop_id)
    same = (one for one in existing if entered and one.settings.get(ENTERED) == entered)
    if twin := next((one for one in same if one.settings.get("stage") != "disconnecting"), None):
        id: UUID = twin.id
        return id
    if len(existing) >= MOST_CALENDARS:
        raise TooManyCalendarsError
    calendar_id: UUID = session.execute(
        insert(Calendar)
        .values(
            shop_id=shop_id,
            kind=kind,
            name=name,
            status="paused",
            credentials=credentials,
            settings={**settings, **PREVIEW, **({ENTERED: entered} if entered else {})},
        )
        .returning(Calendar.id)
    ).scalar_one()
    ask(session, shop_id, "preview_calendar", calendar_id)
    note(session, shop_id, f"Access to the calendar “{name}” was given.", calendar_id, by=by)
    return calendar_id


def ask(session: Session, shop_id: UUID, task: str, calendar_id: UUID, *more: object) -> None:
    """Adds a task for a calendar, unless the same task is already waiting."""
    pending_tasks.add(session, task, calendar_id, *more, key=f"{task}:{calendar_id}", shop_id=shop_id)


def preview_again(session: Session, shop_id: UUID, calendar_id: UUID, *, by: str) -> bool:
    """Removes the preview and requests a new one. Returns False if the calendar was already imported."""
    changed = _update(shop_id, calendar_id, Calendar.settings["stage"].astext == "preview")
    changed = changed.values(settings=Calendar.settings.op("-")("preview"))
    if not _change(session, changed, "was counted again", by=by):
        return False
    ask(session, shop_id, "preview_calendar", calendar_id)
    return True


START = text("""
UPDATE calendars
   SET status = 'active', last_error = NULL,
       settings = (settings - 'stage' - 'preview')
                  || CASE WHEN :consent <> '' THEN jsonb_build_object('consent', CAST(:consent AS text)) ELSE '{}' END
 WHERE id = :id AND shop_id = :shop_id AND status = 'paused' AND settings ->> 'stage' = 'preview'
   AND settings -> 'preview' ? 'appointments'
RETURNING id, shop_id, name
""")


def start(session: Session, shop_id: UUID, calendar_id: UUID, *, consent: str, by: str) -> bool:
    """Requests the import of the appointments that the preview counted.

    `consent`: the source of consent for new customers. Returns False if there is no preview.
    """
    values = {"id": calendar_id, "shop_id": shop_id, "consent": consent}
    stated = f"consent to texts by: {consent}" if consent else "without consent to texts"
    if not _change(session, START.bindparams(**values), f"was connected, {stated}", by=by):
        return False
    ask(session, shop_id, "start_calendar", calendar_id)
    return True


def pause(session: Session, shop_id: UUID, calendar_id: UUID, *, by: str) -> bool:
    """Pauses the calendar. Returns False if it is neither active nor broken."""
    changed = _update(shop_id, calendar_id, Calendar.status.in_(("active", "broken")))
    return _change(session, changed.values(status="paused"), "was paused", by=by)


def resume(session: Session, shop_id: UUID, calendar_id: UUID, *, by: str) -> bool:
    """Resumes the calendar and requests a sync.

    Returns False if the calendar is neither paused nor broken, or was never imported.
    """
    changed = _update(
        shop_id, calendar_id, Calendar.status.in_(("paused", "broken")), ~Calendar.settings.has_key("stage")
    )
    if not _change(session, changed.values(status="active", last_error=None), "was resumed", by=by):
        return False
    ask(session, shop_id, "sync_calendar", calendar_id)
    return True


def sync(session: Session, shop_id: UUID, calendar_id: UUID, *, by: str) -> bool:
    """Requests a sync. Returns False if the calendar is paused or disconnected."""
    calendar = find(session, shop_id, calendar_id)
    if calendar is None or calendar.status == "paused":
        return False
    ask(session, shop_id, "sync_calendar", calendar_id)
    note(session, shop_id, f"The calendar “{calendar.name}” was synced on request.", calendar_id, by=by)
    return True


def disconnect(session: Session, shop_id: UUID, calendar_id: UUID, *, by: str) -> bool:
    """Immediately stops reading from and writing to the calendar.

    A task then cancels the webhook subscription and deletes the credentials. Returns False if the calendar is
    already disconnected or being disconnected.
    """
    stage = func.coalesce(Calendar.settings["stage"].astext, "")
    changed = _update(shop_id, calendar_id, Calendar.status != "disconnected", stage != "disconnecting")
    merged = Calendar.settings.op("||")(func.jsonb_build_object("stage", "disconnecting"))
    requested = "is being disconnected"
    if not _change(session, changed.values(status="paused", settings=merged), requested, by=by):
        return False
    ask(session, shop_id, "disconnect_calendar", calendar_id, by)
    return True


def note(session: Session, shop_id: UUID, reason: str, calendar_id: UUID | None, *, by: str) -> None:
    """Adds an entry about a calendar to the audit log."""
    detail = {"calendar": calendar_id} if calendar_id else {}
    audit.note(session, event="CalendarChanged", reason=reason, shop_id=shop_id, actor=by, detail=detail)


def _update(shop_id: UUID, calendar_id: UUID, *conditions: Any) -> Any:
    this = (Calendar.id == calendar_id, Calendar.shop_id == shop_id, *conditions)
    return update(Calendar).where(*this).returning(Calendar.id, Calendar.shop_id, Calendar.name)


def _change(session: Session, statement: Any, done: str, *, by: str) -> bool:
    """Executes the statement, which returns the calendar, and records the action. Returns False if none matched."""
    changed = session.execute(statement).one_or_none()
    if changed is None:
        return False
    note(session, changed.shop_id, f"The calendar “{changed.name}” {done}.", changed.id, by=by)
    return True
