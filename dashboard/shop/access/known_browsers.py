"""A signed cookie with the staff members who have signed in with a browser.

The cookie grants no access. Codes requested from such a browser have a separate limit, so that an attacker who
requests many codes can't lock the member out (OWASP: device cookies).
"""

from datetime import timedelta
from uuid import UUID

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies
from dashboard.signing import signer

LIFE = timedelta(days=180)
MOST = 10
"""The maximum number of members in a cookie."""


def cookie_name() -> str:
    """Returns the cookie's name. Browsers accept a __Host- cookie only over HTTPS and send it only to this host."""
    return "__Host-known" if _https() else "slots_known"


def known() -> list[UUID]:
    """The members who have signed in with this browser, most recent first."""
    try:
        listed = _signer().loads(request.cookies.get(cookie_name(), ""), max_age=int(LIFE.total_seconds()))
        return [UUID(one) for one in listed][:MOST]
    except (BadData, ValueError, TypeError, AttributeError):
        return []


def remember(response: Response, staff_id: UUID) -> None:
    """Adds a member to the cookie."""
    listed = [staff_id, *(one for one in known() if one != staff_id)][:MOST]
    response.set_cookie(
        cookie_name(),
        str(_signer().dumps([str(one) for one in listed])),
        max_age=LIFE,
        secure=_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _https() -> bool:
    return page_dependencies().settings.app_url.startswith("https://")


def _signer() -> URLSafeTimedSerializer:
    return signer("known browser")
