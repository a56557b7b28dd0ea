"""Authorizations at Square and Google that a browser has begun. Each ends when that browser comes back, once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import CalendarAuthorization


@dataclass(frozen=True, slots=True)
class BegunAuthorization:
    """`calendar_id`: the one to reconnect; None for a new one. `verifier` is encrypted."""

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
    """Replaces what this session began for the same kind."""
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
    """None for a forged, used or expired state, and for one of another session."""
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
