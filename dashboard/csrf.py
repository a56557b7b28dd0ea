"""Protects against cross-site request forgery: a token in every form, and the browser's Sec-Fetch-Site header.

A signed cookie ties the token to the browser, signed in or not. Flask-WTF checks it.
"""

from flask import abort, current_app, request
from flask_wtf import CSRFProtect

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Browsers send `none` for a typed address and for a reload.
OWN_PAGES = frozenset({"same-origin", "none"})
HALF_A_DAY = 12 * 60 * 60

CONFIG: dict[str, object] = {
    "WTF_CSRF_TIME_LIMIT": HALF_A_DAY,
    # The strict check needs a Referer, which Referrer-Policy suppresses; Sec-Fetch-Site replaces it.
    "WTF_CSRF_SSL_STRICT": False,
}


def refuse_foreign_pages() -> None:
    """Aborts with 403 if another site's page sent the request. Old browsers without the headers rely on the token."""
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
    """Returns whether the origin is another site. Because of Referrer-Policy, our own forms send `null`."""
    return origin not in {None, "null"} and str(origin).partition("://")[2] != request.host
