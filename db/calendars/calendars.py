"""Connected calendars: their stored data, and the progress of reading them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from db import audit
from db.models import Calendar, CalendarHold, Shop
from db.tasks import pending_tasks
from db.tasks.pending_tasks import NewRow

READ_ONLY = frozenset({"ics"})
"""The kinds of calendar that are read-only."""

WORKING = ("active", "broken")
"""The statuses in which a calendar is read periodically.

A broken calendar recovers when the provider accepts the credentials again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalendar:
    """A calendar with its encrypted credentials, and some settings of its shop. Times are UTC."""

    id: UUID
    shop_id: UUID
    kind: str
    name: str
    status: str
    credentials: str | None = field(repr=False)
    settings: dict[str, Any]
    synced_until: datetime | None
    last_error: str | None
    last_synced_at: datetime | None
    timezone: str
    currency: str
    country: str | None
    sms_from: str | None


COLUMNS = (
    *(Calendar.id, Calendar.shop_id, Calendar.kind, Calendar.name, Calendar.status, Calendar.credentials),
    *(Calendar.settings, Calendar.synced_until, Calendar.last_error, Calendar.last_synced_at),
    *(Shop.timezone, Shop.currency, Shop.country, Shop.sms_from),
)
READ = select(*COLUMNS).join(Shop, Shop.id == Calendar.shop_id)


def find(session: Session, calendar_id: UUID) -> StoredCalendar | None:
    """Returns the calendar, or None if it doesn't exist."""
    row = session.execute(READ.where(Calendar.id == calendar_id)).mappings().one_or_none()
    return None if row is None else StoredCalendar(**row)


def listed(session: Session, *, shop_id: UUID | None = None) -> list[StoredCalendar]:
    """Returns the calendars of a shop, or of all shops, that are not disconnected, oldest first."""
    wanted = READ.where(Calendar.status != "disconnected").order_by(Calendar.created_at, Calendar.id)
    if shop_id is not None:
        wanted = wanted.where(Calendar.shop_id == shop_id)
    return [StoredCalendar(**row) for row in session.execute(wanted).mappings()]


def is_working(session: Session, calendar_id: UUID) -> bool:
    """Whether the calendar is neither paused nor disconnected. It stays so until the end of the transaction."""
    locked = select(Calendar.status).where(Calendar.id == calendar_id).with_for_update(read=True)
    return session.execute(locked).scalar_one() in WORKING


def connect(
    session: Session, *, shop_id: UUID, kind: str, name: str, credentials: str, settings: Mapping[str, Any], by: str
) -> UUID:
    """Stores a new calendar. `credentials` must already be encrypted."""
    calendar_id: UUID = session.execute(
        insert(Calendar)
        .values(shop_id=shop_id, kind=kind, name=name, credentials=credentials, settings=dict(settings))
        .returning(Calendar.id)
    ).scalar_one()
    _note(session, shop_id, "CalendarConnected", f"The calendar “{name}” was connected.", calendar_id, by)
    return calendar_id


def store_credentials(session: Session, calendar_id: UUID, encrypted: str, *, was: str | None) -> bool:
    """Stores credentials. Returns False if the stored credentials differ from `was`."""
    changed = update(Calendar).where(Calendar.id == calendar_id, Calendar.credentials.is_not_distinct_from(was))
    return bool(session.execute(changed.values(credentials=encrypted)).rowcount)  # type: ignore[attr-defined]


def held(session: Session, calendar_id: UUID) -> list[str]:
    """Returns the provider's ids of the holds in this calendar."""
    wanted = select(CalendarHold.external_id).where(CalendarHold.calendar_id == calendar_id)
    return [str(id) for id in session.execute(wanted.where(CalendarHold.external_id.is_not(None))).scalars()]


def disconnect(session: Session, calendar: StoredCalendar, *, by: str) -> bool:
    """Deletes the credentials and the records of holds. Returns False if the calendar was already disconnected."""
    session.execute(delete(CalendarHold).where(CalendarHold.calendar_id == calendar.id))
    changed = update(Calendar).where(Calendar.id == calendar.id, Calendar.status != "disconnected")
    values: dict[str, Any] = dict.fromkeys(("last_error", "credentials", "new_credentials"))
    values["status"] = "disconnected"
    if not session.execute(changed.values(**values)).rowcount:  # type: ignore[attr-defined]
        return False
    reason = f"The calendar “{calendar.name}” is disconnected."
    _note(session, calendar.shop_id, "CalendarChanged", reason, calendar.id, by)
    return True


def mark_broken(session: Session, calendar: StoredCalendar, reason: str) -> bool:
    """Marks an active calendar as broken. Returns False if it has another status."""
    changed = update(Calendar).where(Calendar.id == calendar.id, Calendar.status == "active")
    broken = session.execute(changed.values(status="broken", last_error=reason)).rowcount  # type: ignore[attr-defined]
    if broken:
        _note(session, calendar.shop_id, "CalendarBroken", reason, calendar.id, "system")
    return bool(broken)


def note_error(session: Session, calendar_id: UUID, reason: str) -> None:
    """Stores the error of a provider that does not respond, without changing the status."""
    session.execute(update(Calendar).where(Calendar.id == calendar_id).values(last_error=reason))


def note_progress(session: Session, calendar_id: UUID, progress: Mapping[str, Any]) -> None:
    """Stores the point at which an unfinished listing continues."""
    merged = Calendar.settings.op("||")(func.jsonb_build_object("progress", text("CAST(:progress AS jsonb)")))
    statement = update(Calendar).where(Calendar.id == calendar_id).values(settings=merged)
    session.execute(statement, {"progress": json.dumps(dict(progress))})


SYNCED = text("""
UPDATE calendars
   SET status = CASE WHEN status = 'broken' THEN 'active' ELSE status END, last_error = NULL,
       last_synced_at = (SELECT clock_timestamp()), synced_until = :until,
       settings = (settings - 'progress' - 'token') || CAST(:kept AS jsonb)
 WHERE id = :id AND status IN ('active', 'broken')
""")


def note_synced(session: Session, calendar_id: UUID, *, until: datetime, token: str | None, whole: bool) -> None:
    """Records that all changes up to `until` (UTC), or with `whole` all bookings, were read. Clears any error."""
    kept = ({"token": token} if token else {}) | ({"whole_at": until.isoformat()} if whole else {})
    session.execute(SYNCED, {"id": calendar_id, "until": until, "kept": json.dumps(kept)})


def request_sync(session: Session, calendar_id: UUID, shop_id: UUID) -> None:
    """Adds a task that reads the calendar, unless such a task is already waiting."""
    pending_tasks.add_all(session, [_sync(calendar_id, shop_id)])


def _sync(calendar_id: UUID, shop_id: UUID) -> NewRow:
    return NewRow("sync_calendar", (calendar_id,), key=f"sync_calendar:{calendar_id}", shop_id=shop_id)


def request_syncs(session: Session) -> int:
    """Requests a sync of each calendar that is read periodically. Returns the number of tasks that were added."""
    found = session.execute(select(Calendar.id, Calendar.shop_id).where(Calendar.status.in_(WORKING))).all()
    return len(pending_tasks.add_all(session, [_sync(row.id, row.shop_id) for row in found]))


def note_account(session: Session, calendar_id: UUID, id: str, label: str) -> None:
    """Stores the provider account to which the calendar belongs."""
    merged = Calendar.settings.op("||")(func.jsonb_build_object("account", text("CAST(:account AS jsonb)")))
    statement = update(Calendar).where(Calendar.id == calendar_id).values(settings=merged)
    session.execute(statement, {"account": json.dumps({"id": id, "label": label[:200]})})


def shares_account(session: Session, calendar: StoredCalendar) -> bool:
    """Whether another connected calendar, of any shop, belongs to the same account."""
    id = (calendar.settings.get("account") or {}).get("id", "")
    theirs = Calendar.settings["account"]["id"].astext
    others = select(Calendar.id).where(Calendar.id != calendar.id, Calendar.kind == calendar.kind, theirs == id)
    return bool(session.execute(others.where(Calendar.status != "disconnected").limit(1)).first())


def encrypted(session: Session) -> list[tuple[UUID, str]]:
    """Returns every calendar with its encrypted credentials."""
    found = select(Calendar.id, Calendar.credentials).where(Calendar.credentials.is_not(None))
    return [(row.id, str(row.credentials)) for row in session.execute(found)]


def _note(session: Session, shop_id: UUID, event: str, reason: str, calendar_id: UUID, by: str) -> None:
    audit.note(session, event=event, reason=reason, shop_id=shop_id, actor=by, detail={"calendar": str(calendar_id)})
