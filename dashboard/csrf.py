"""Protects against cross-site request forgery with a token in every form and with the Sec-Fetch-Site header.

A signed cookie ties the token to the browser, even if no user is signed in. Flask-WTF checks the token.
"""

from flask import abort, current_app, request
from flask_wtf import CSRFProtect

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Browsers send `none` when the user types the address or reloads the page.
OWN_PAGES = frozenset({"same-origin", "none"})
HALF_A_DAY = 12 * 60 * 60

CONFIG: dict[str, object] = {
    "WTF_CSRF_TIME_LIMIT": HALF_A_DAY,
    # Turns off the check of the Referer header, which our Referrer-Policy suppresses. Sec-Fetch-Site replaces it.
    "WTF_CSRF_SSL_STRICT": False,
}


def refuse_foreign_pages() -> None:
    """Aborts with 403 if another site's page sent the request. The token protects browsers without these headers."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if (site is not None and site not in OWN_PAGES) or _foreign(request.headers.get("Origin")):
        abort(403)


def require_token() -> None:
    """Checks the token on a route that is exempt from the automatic check. Raises CSRFError."""
    protection: CSRFProtect = current_app.extensions["csrf"]
    protection.protect()


def _foreign(origin: str | None) -> bool:
    """Whether the origin is another site. Our own forms send `null` because of the Referrer-Policy."""
    return origin not in {None, "null"} and str(origin).partition("://")[2] != request.host
