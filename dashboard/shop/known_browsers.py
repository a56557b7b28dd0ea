"""A signed cookie with the members of staff who have signed in with a browser.

It opens nothing. Codes that are asked for from such a browser are counted apart, so that a stranger who asks for
codes without end does not keep the member from signing in (OWASP: device cookies).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies

LIFE = timedelta(days=180)
MOST = 10
"""Members remembered per browser: the last ones."""


def cookie_name() -> str:
    """With HTTPS, browsers take it for this host alone."""
    return "__Host-known" if _https() else "slots_known"


def known() -> list[UUID]:
    """Who has signed in with this browser before, the last one first."""
    try:
        listed = _signer().loads(request.cookies.get(cookie_name(), ""), max_age=int(LIFE.total_seconds()))
        return [UUID(one) for one in listed][:MOST]
    except (BadData, ValueError, TypeError, AttributeError):
        return []


def remember(response: Response, staff_id: UUID) -> None:
    """Adds a member who has just signed in."""
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
    return URLSafeTimedSerializer(page_dependencies().settings.secret_key.get_secret_value(), salt="known browser")
