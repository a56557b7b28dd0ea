"""New credentials of a connected calendar. Staff enter them, and they are used once a task has checked them."""

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

# A calendar that staff paused stays paused. The stored data of the last listing is removed, because it belongs to the
# old address or account.
ACCEPT = text("""
UPDATE calendars
   SET credentials = new_credentials, new_credentials = NULL, last_error = NULL,
       status = CASE WHEN status = 'broken' THEN 'active' ELSE status END,
       settings = settings - 'reconnecting' - 'preview' - 'token' - 'progress' - 'entered'
 WHERE id = :id AND new_credentials = :was
""")
KEEP = text("UPDATE calendars SET new_credentials = :new WHERE id = :id AND new_credentials = :was")
REJECT = text("""
UPDATE calendars SET new_credentials = NULL, last_error = :reason, settings = settings - 'reconnecting'
 WHERE id = :id AND new_credentials = :was
""")


def propose(session: Session, shop_id: UUID, calendar_id: UUID, encrypted: str, *, by: str) -> bool:
    """Requests a check of the credentials. Returns False if the calendar is being disconnected.

    `by` is the actor in the audit log.
    """
    values = {"id": calendar_id, "shop_id": shop_id, "new": encrypted}
    if not session.execute(PROPOSE, values).rowcount:  # type: ignore[attr-defined]
        return False
    calendar_pages.note(session, shop_id, "New credentials for a calendar were entered.", calendar_id, by=by)
    calendar_pages.ask(session, shop_id, "reconnect_calendar", calendar_id)
    return True


def proposed(session: Session, calendar_id: UUID) -> str | None:
    """Returns the new credentials, encrypted, or None."""
    return session.execute(select(Calendar.new_credentials).where(Calendar.id == calendar_id)).scalar_one_or_none()


def every_proposed(session: Session) -> list[tuple[UUID, UUID, str]]:
    """Returns (calendar id, shop id, encrypted credentials) for every calendar with new credentials."""
    found = select(Calendar.id, Calendar.shop_id, Calendar.new_credentials)
    rows = session.execute(found.where(Calendar.new_credentials.is_not(None)))
    return [(row.id, row.shop_id, str(row.new_credentials)) for row in rows]


def encrypt_anew(session: Session, shop_id: UUID, calendar_id: UUID, encrypted: str, *, was: str) -> bool:
    """Replaces the credentials with the same ones encrypted with a new key, and requests another check."""
    if not keep(session, calendar_id, encrypted, was=was):
        return False
    calendar_pages.ask(session, shop_id, "reconnect_calendar", calendar_id)
    return True


def keep(session: Session, calendar_id: UUID, encrypted: str, *, was: str) -> bool:
    """Replaces the new credentials with a more complete version.

    Returns False if other credentials were entered in the meantime.
    """
    values = {"id": calendar_id, "new": encrypted, "was": was}
    return bool(session.execute(KEEP, values).rowcount)  # type: ignore[attr-defined]


def accept(session: Session, stored: StoredCalendar, *, was: str) -> bool:
    """Replaces the old credentials with the new ones.

    Returns False if other credentials were entered in the meantime.
    """
    return bool(session.execute(ACCEPT, {"id": stored.id, "was": was}).rowcount)  # type: ignore[attr-defined]


def reject(session: Session, stored: StoredCalendar, reason: str, *, was: str) -> None:
    """Discards the new credentials, and stores the reason for the dashboard."""
    session.execute(REJECT, {"id": stored.id, "reason": reason, "was": was})
