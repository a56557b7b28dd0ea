"""Opens a session for a staff member who verified an address with a code or an invitation link."""

import secrets
from dataclasses import dataclass
from uuid import UUID

import structlog
from flask import Response, make_response, redirect, request, session
from sqlalchemy.orm import Session

from dashboard.shop.access import choose_shop, known_browsers
from dashboard.shop.access.session_access import cookie_name, digest, keep
from db import audit
from db.access import staff_sessions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class VerifiedAddress:
    """A staff member and the verified address."""

    staff_id: UUID
    shop_id: UUID
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session. `several` is true if the person works in several shops."""

    staff_id: UUID
    token: str
    several: bool


def open_session(rows: Session, verified: VerifiedAddress, *, reason: str) -> OpenedSession | None:
    """Opens a session and ends the browser's previous session. Returns None if the member's address has changed."""
    token = secrets.token_urlsafe(32)
    begun = staff_sessions.begin(
        rows,
        staff_id=verified.staff_id,
        channel=verified.channel,
        address=verified.address,
        token_hash=digest(token),
    )
    if not begun:
        return None
    if former := request.cookies.get(cookie_name()):
        staff_sessions.end(rows, digest(former))
    audit.note(rows, event="StaffSignedIn", reason=reason, shop_id=verified.shop_id, actor=str(verified.staff_id))
    session.clear()  # This prevents session fixation.
    several = choose_shop.remember(rows, verified.staff_id, verified.channel)
    log.info("signed_in", staff=str(verified.staff_id), shop=str(verified.shop_id))
    return OpenedSession(verified.staff_id, token, several)


def redirect_with_session(entered: OpenedSession, place: str) -> Response:
    """Redirects to `place` and sets the cookies of the new session."""
    answer = keep(make_response(redirect(place, 303)), entered.token)
    known_browsers.remember(answer, entered.staff_id)
    return answer
