"""New credentials of a connected calendar. They are entered on a page, checked by a task, and only then used."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.calendars import calendar_pages
from db.calendars.calendars import StoredCalendar
from db.models import Calendar

PROPOSE = text("""
UPDATE calendars SET new_credentials = :new, settings = settings || '{"reconnecting": true}'
 WHERE id = :id AND shop_id = :shop_id AND status <> 'disconnected'
   AND coalesce(settings ->> 'stage', '') <> 'disconnecting'
""")

# A calendar that a person paused stays paused. The stored data of the last listing belongs to the old address or
# account.
ACCEPT = text("""
UPDATE calendars
   SET credentials = new_credentials, new_credentials = NULL, last_error = NULL,
       status = CASE WHEN status = 'broken' THEN 'active' ELSE status END,
       settings = settings - 'reconnecting' - 'preview' - 'token' - 'progress'
 WHERE id = :id AND new_credentials = :was
""")
KEEP = text("UPDATE calendars SET new_credentials = :new WHERE id = :id AND new_credentials = :was")
REJECT = text("""
UPDATE calendars SET new_credentials = NULL, last_error = :reason, settings = settings - 'reconnecting'
 WHERE id = :id AND new_credentials = :was
""")


def propose(session: Session, shop_id: UUID, calendar_id: UUID, encrypted: str) -> bool:
    """Requests a check of these credentials. Returns False for a calendar that is being disconnected."""
    values = {"id": calendar_id, "shop_id": shop_id, "new": encrypted}
    if not session.execute(PROPOSE, values).rowcount:  # type: ignore[attr-defined]
        return False
    calendar_pages.ask(session, shop_id, "reconnect_calendar", calendar_id)
    return True


def proposed(session: Session, calendar_id: UUID) -> str | None:
    """Returns the new credentials, encrypted."""
    return session.execute(select(Calendar.new_credentials).where(Calendar.id == calendar_id)).scalar_one_or_none()


def every_proposed(session: Session) -> list[tuple[UUID, UUID, str]]:
    """Returns every calendar with new credentials: its id and shop, and the encrypted credentials."""
    found = select(Calendar.id, Calendar.shop_id, Calendar.new_credentials)
    rows = session.execute(found.where(Calendar.new_credentials.is_not(None)))
    return [(row.id, row.shop_id, str(row.new_credentials)) for row in rows]


def encrypt_anew(session: Session, shop_id: UUID, calendar_id: UUID, encrypted: str, *, was: str) -> bool:
    """Replaces the encrypted form of the same credentials, and requests a new check instead of the old one."""
    if not keep(session, calendar_id, encrypted, was=was):
        return False
    calendar_pages.ask(session, shop_id, "reconnect_calendar", calendar_id)
    return True


def keep(session: Session, calendar_id: UUID, encrypted: str, *, was: str) -> bool:
    """Replaces the new credentials with a more complete form.

    Returns False if others were entered in the meantime.
    """
    values = {"id": calendar_id, "new": encrypted, "was": was}
    return bool(session.execute(KEEP, values).rowcount)  # type: ignore[attr-defined]


def accept(session: Session, stored: StoredCalendar, *, was: str) -> bool:
    """Uses the new credentials from now on. Returns False if others were entered in the meantime."""
    return bool(session.execute(ACCEPT, {"id": stored.id, "was": was}).rowcount)  # type: ignore[attr-defined]


def reject(session: Session, stored: StoredCalendar, reason: str, *, was: str) -> None:
    """Keeps the old credentials, and shows the reason."""
    session.execute(REJECT, {"id": stored.id, "reason": reason, "was": was})
