"""Keeps other web pages from acting in a visitor's name: a token in every form, and the browser's own word for it.

The token is tied to the browser by a signed cookie; nobody needs an account for that. Flask-WTF checks it.
"""

from urllib.parse import urlsplit

from flask import abort, current_app, request
from flask_wtf import CSRFProtect

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# `none` is what the browser says when the person typed the address, or reloads.
OWN_PAGES = frozenset({"same-origin", "none"})
HALF_A_DAY = 12 * 60 * 60

CONFIG: dict[str, object] = {
    "WTF_CSRF_TIME_LIMIT": HALF_A_DAY,
    # It demands a Referer, which our pages keep browsers from sending; Sec-Fetch-Site says the same.
    "WTF_CSRF_SSL_STRICT": False,
}


def refuse_foreign_pages() -> None:
    """403 for a change that another site's page asks for. Browsers too old to say are held by the token alone."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if (site is not None and site not in OWN_PAGES) or _foreign(request.headers.get("Origin")):
        abort(403)


def require_token() -> None:
    """For a route that is exempt from the check before every request. Raises CSRFError."""
    protection: CSRFProtect = current_app.extensions["csrf"]
    protection.protect()


def _foreign(origin: str | None) -> bool:
    """Because of Referrer-Policy: no-referrer, browsers send `null` for our own forms."""
    return origin not in {None, "null"} and urlsplit(str(origin)).netloc != request.host
