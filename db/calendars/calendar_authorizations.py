"""Pending authorizations at Square and Google.

A session can complete only an authorization that it began, and only once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import CalendarAuthorization


@dataclass(frozen=True, slots=True)
class BegunAuthorization:
    """A pending authorization. `calendar_id` is the calendar to reconnect, or None for a new calendar.

    `verifier` is encrypted.
    """

    calendar_id: UUID | None
    name: str
    settings: dict[str, Any]
    verifier: str


def begin(
    session: Session,
    begun: BegunAuthorization,
    *,
    shop_id: UUID,
    session_id: UUID,
    kind: str,
    state_hash: str,
) -> None:
    """Begins an authorization. It replaces the session's pending authorization of the same kind."""
    earlier = delete(CalendarAuthorization).where(
        CalendarAuthorization.shop_id == shop_id,
        CalendarAuthorization.session_id == session_id,
        CalendarAuthorization.kind == kind,
    )
    session.execute(earlier)
    session.execute(
        insert(CalendarAuthorization).values(
            shop_id=shop_id,
            session_id=session_id,
            kind=kind,
            calendar_id=begun.calendar_id,
            name=begun.name,
            settings=begun.settings,
            state_hash=state_hash,
            verifier=begun.verifier,
        )
    )


def take(
    session: Session, *, shop_id: UUID, session_id: UUID, kind: str, state_hash: str
) -> BegunAuthorization | None:
    """Removes and returns the authorization with this state, or None if the session has no such authorization."""
    wanted = delete(CalendarAuthorization).where(
        CalendarAuthorization.shop_id == shop_id,
        CalendarAuthorization.session_id == session_id,
        CalendarAuthorization.kind == kind,
        CalendarAuthorization.state_hash == state_hash,
        CalendarAuthorization.expires_at > NOW,
    )
    columns = (CalendarAuthorization.calendar_id, CalendarAuthorization.name)
    more = (CalendarAuthorization.settings, CalendarAuthorization.verifier)
    row = session.execute(wanted.returning(*columns, *more)).one_or_none()
    return None if row is None else BegunAuthorization(*row)
