"""Finds the session of a request, and checks roles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from db.access import staff_sessions
from db.access.staff_sessions import SignedIn
from db.sessions import as_api, as_dashboard
from domain.sign_in_codes import FRESH, LONGEST_SESSION, token_hash

Arguments = ParamSpec("Arguments")

SEEN_EVERY = timedelta(minutes=1)
"""The minimum time between two updates of a session's last use."""

BY_ITSELF = "X-By-Itself"
"""The header of automatic requests, which do not keep a session alive."""

EVENTS = "text/event-stream"

WORKS_AT = "works_at"
"""The key in the signed cookie of staff who work in several shops."""

ONCE = frozenset({"shop.calendar_access.callback"})
"""Endpoints whose URL contains a code that is valid for only one session."""

MAY: dict[str, frozenset[str]] = {
    "look": frozenset({"owner", "staff", "read_only"}),
    "act": frozenset({"owner", "staff"}),
    "manage": frozenset({"owner"}),
}
"""The roles that have each permission."""


def cookie_name() -> str:
    """Returns the cookie's name. Browsers accept a __Host- cookie only over HTTPS and send it only to this host."""
    return "__Host-staff" if page_dependencies().settings.app_url.startswith("https://") else "slots_staff"


def digest(token: str) -> str:
    """Returns the hash that the database stores for a secret."""
    return token_hash(token)


def keep(response: Response, token: str) -> Response:
    """Sets the session cookie."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=LONGEST_SESSION,
        secure=cookie_name().startswith("__Host-"),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def forget(response: Response) -> Response:
    """Deletes the session cookie."""
    response.delete_cookie(
        cookie_name(), secure=cookie_name().startswith("__Host-"), httponly=True, samesite="Lax", path="/"
    )
    return response


def require_sign_in() -> ResponseReturnValue | None:
    """Redirects to the sign-in page unless there is a session. Runs before every page of the shop."""
    found = find()
    if found is None:
        return _redirect_to_sign_in()
    g.signed_in = found
    if found.now - found.seen_at > SEEN_EVERY and not by_itself():
        with page_dependencies().transactions() as session:
            staff_sessions.see(session, found.session_id, shop_id=found.shop.id)
    return None


def by_itself() -> bool:
    """Whether a script sent the request without an action by the user."""
    return BY_ITSELF in request.headers or wants_events()


def wants_events() -> bool:
    """Whether the browser requests an event stream."""
    return request.headers.get("Accept") == EVENTS


def find() -> SignedIn | None:
    """Returns the session of the browser's cookie, or None if it is no longer valid."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with page_dependencies().reading() as session:
        return staff_sessions.find(session, digest(token))


def _redirect_to_sign_in() -> ResponseReturnValue:
    if by_itself():
        return make_response("", 401)
    repeatable = request.method == "GET" and request.endpoint not in ONCE
    return redirect(url_for("sign_in.ask", next=request.full_path.rstrip("?") if repeatable else None), 303)


def signed_in() -> SignedIn:
    """The session of the current request. Available only after `require_sign_in`."""
    found: SignedIn = g.signed_in
    return found


def may(what: str) -> bool:
    """Whether the signed-in member's role has the permission `what`, which is a key of MAY."""
    return signed_in().role in MAY[what]


def require_permission(
    what: str,
) -> Callable[[Callable[Arguments, ResponseReturnValue]], Callable[Arguments, ResponseReturnValue]]:
    """Returns a decorator that aborts with 403 unless the member's role has this permission."""

    def guard(view: Callable[Arguments, ResponseReturnValue]) -> Callable[Arguments, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Arguments.args, **more: Arguments.kwargs) -> ResponseReturnValue:
            if not may(what):
                abort(403)
            return view(*args, **more)

        return guarded

    return guard


def require_recent_sign_in(
    view: Callable[Arguments, ResponseReturnValue],
) -> Callable[Arguments, ResponseReturnValue]:
    """Decorates a view that requires a recent sign-in, such as an export or a change to the team."""

    @wraps(view)
    def guarded(*args: Arguments.args, **more: Arguments.kwargs) -> ResponseReturnValue:
        if signed_in().now - signed_in().signed_in_at > FRESH:
            flash("For security, please sign in again to continue.")
            wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("shop.settings.show")
            return redirect(url_for("sign_in.ask", next=wanted, again=1), 303)
        return view(*args, **more)

    return guarded


def safe_path(path: str | None) -> str | None:
    """Returns the path if it is under /app, otherwise None. This check prevents open redirects."""
    # Unprintable characters are either invalid in a header or ignored by browsers.
    if not path or not path.startswith("/app/") or "\\" in path or not path.isprintable():
        return None
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else None


@contextmanager
def reading() -> Iterator[Session]:
    """A read-only transaction in which row-level security limits every query to this shop."""
    with page_dependencies().reading() as session:
        as_dashboard(session, signed_in().shop.id)
        yield session


@contextmanager
def acting() -> Iterator[Session]:
    """A transaction limited to this shop. Publishes outbox rows after the commit."""
    with page_dependencies().transactions() as session:
        as_dashboard(session, signed_in().shop.id)
        yield session


@contextmanager
def booking() -> Iterator[Session]:
    """A transaction like `acting`, with the additional rights to book, move and cancel."""
    with page_dependencies().transactions() as session:
        as_api(session, signed_in().shop.id)
        yield session
