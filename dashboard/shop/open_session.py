"""Opens a session for a member of staff who has proved an address: with a code, or with the link of an invitation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

import structlog
from flask import Response, make_response, redirect, request, session
from sqlalchemy.orm import Session

from dashboard.shop import choose_shop, known_browsers
from dashboard.shop.session_access import cookie_name, digest, keep
from db import audit, staff_sessions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProvedAddress:
    """Who it is, and the address that shows it."""

    staff_id: UUID
    shop_id: UUID
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session. `several`: there are several shops to choose from."""

    staff_id: UUID
    token: str
    several: bool


def open_session(rows: Session, proved: ProvedAddress, *, reason: str) -> OpenedSession | None:
    """The former session of this browser ends. None: the address is not the member's any more."""
    token = secrets.token_urlsafe(32)
    begun = staff_sessions.begin(
        rows,
        staff_id=proved.staff_id,
        channel=proved.channel,
        address=proved.address,
        token_hash=digest(token),
    )
    if not begun:
        return None
    if former := request.cookies.get(cookie_name()):
        staff_sessions.end(rows, digest(former))
    audit.note(rows, event="StaffSignedIn", reason=reason, shop_id=proved.shop_id, actor=str(proved.staff_id))
    session.clear()  # what was tied to the stranger's browser is not the staff's
    several = choose_shop.remember(rows, proved.staff_id, proved.channel)
    log.info("signed_in", staff=str(proved.staff_id), shop=str(proved.shop_id))
    return OpenedSession(proved.staff_id, token, several)


def go_on(entered: OpenedSession, place: str) -> Response:
    """To the page `place`, with the cookies of the new session."""
    answer = keep(make_response(redirect(place, 303)), entered.token)
    known_browsers.remember(answer, entered.staff_id)
    return answer
