"""Who is looking: finds the session behind a request, and refuses whoever has none, or not the role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from db import staff_sessions
from db.sessions import as_dashboard
from db.staff_sessions import SignedIn
from domain.sign_in_codes import FRESH, LONGEST_SESSION

Arguments = ParamSpec("Arguments")

SEEN_EVERY = timedelta(minutes=1)
"""How often a session's row is written while somebody works."""

BY_ITSELF = "X-By-Itself"
"""The header of a page that asks on its own; only what a person does keeps a session alive."""

EVENTS = "text/event-stream"

WORKS_AT = "works_at"
"""What a browser keeps, signed, for who works in several shops."""

MAY: dict[str, frozenset[str]] = {
    "look": frozenset({"owner", "staff", "read_only"}),
    "act": frozenset({"owner", "staff"}),
    "manage": frozenset({"owner"}),
}
"""What is done on a page, and by which roles."""


def cookie_name() -> str:
    """With HTTPS, browsers take it for this host alone."""
    return "__Host-staff" if page_dependencies().settings.app_url.startswith("https://") else "slots_staff"


def digest(token: str) -> str:
    """What the database keeps of a secret that a browser holds."""
    return sha256(token.encode()).hexdigest()


def keep(response: Response, token: str) -> Response:
    """Gives the browser its session."""
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
    """Takes it back."""
    response.delete_cookie(
        cookie_name(), secure=cookie_name().startswith("__Host-"), httponly=True, samesite="Lax", path="/"
    )
    return response


def let_in() -> ResponseReturnValue | None:
    """Before every page but sign-in."""
    found = find()
    if found is None:
        return _to_the_door()
    g.signed_in = found
    if found.now - found.seen_at > SEEN_EVERY and not by_itself():
        with page_dependencies().transactions() as session:
            staff_sessions.see(session, found.session_id, shop_id=found.shop.id)
    return None


def by_itself() -> bool:
    """Whether a page asks, and nobody did anything."""
    return BY_ITSELF in request.headers or wants_events()


def wants_events() -> bool:
    """As browsers ask for a stream of events."""
    return request.headers.get("Accept") == EVENTS


def find() -> SignedIn | None:
    """Whose session the browser holds, if it is still one."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with page_dependencies().reading() as session:
        return staff_sessions.find(session, digest(token))


def _to_the_door() -> ResponseReturnValue:
    if by_itself():
        return make_response("", 401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.ask", next=wanted), 303)


def signed_in() -> SignedIn:
    """Of the present request; only behind `let_in`."""
    found: SignedIn = g.signed_in
    return found


def may(what: str) -> bool:
    """One of MAY."""
    return signed_in().role in MAY[what]


def only(what: str) -> Callable[[Callable[Arguments, ResponseReturnValue]], Callable[Arguments, ResponseReturnValue]]:
    """Refuses a view to roles that may not do this."""

    def guard(view: Callable[Arguments, ResponseReturnValue]) -> Callable[Arguments, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Arguments.args, **more: Arguments.kwargs) -> ResponseReturnValue:
            if not may(what):
                abort(403)
            return view(*args, **more)

        return guarded

    return guard


def freshly(view: Callable[Arguments, ResponseReturnValue]) -> Callable[Arguments, ResponseReturnValue]:
    """Asks for another code first where the sign-in is not recent: for exports, and for who may do what."""

    @wraps(view)
    def guarded(*args: Arguments.args, **more: Arguments.kwargs) -> ResponseReturnValue:
        if signed_in().now - signed_in().signed_in_at > FRESH:
            flash("This concerns everybody's data. Please sign in again first.")
            wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("shop.settings.show")
            return redirect(url_for("sign_in.ask", next=wanted, again=1), 303)
        return view(*args, **more)

    return guarded


def inside(path: str | None) -> str | None:
    """`path` if it leads to a page of the shop's, else None: nobody is sent elsewhere by a link."""
    # What isn't printable is refused by the header of a redirect, or passed over by a browser.
    if not path or not path.startswith("/app/") or "\\" in path or not path.isprintable():
        return None
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else None


@contextmanager
def reading() -> Iterator[Session]:
    """The rows of this shop, and of no other, whatever a query forgets to ask for. Nothing can be changed."""
    with page_dependencies().reading() as session:
        as_dashboard(session, signed_in().shop.id)
        yield session


@contextmanager
def acting() -> Iterator[Session]:
    """The same for a change; bells are rung after the commit."""
    with page_dependencies().transactions() as session:
        as_dashboard(session, signed_in().shop.id)
        yield session
