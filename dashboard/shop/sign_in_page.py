"""Sign-in by a code: one field for the phone number or e-mail address, then one for the code that was sent there.

Who works here and who doesn't get the same answer, by the same statements: only the phone tells the difference.
"""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from dashboard.page_dependencies import page_dependencies
from dashboard.shop import choose_shop
from dashboard.shop.known_browsers import known
from dashboard.shop.open_session import OpenedSession, ProvedAddress, go_on, open_session
from dashboard.shop.session_access import cookie_name, digest, find, forget, inside
from db import otp_codes, pending_tasks, staff_sessions
from domain.sign_in_codes import is_code

log = structlog.get_logger()
bp = Blueprint("sign_in", __name__, url_prefix="/app")

LONGEST_ADDRESS = 320
WRONG = (
    "That code doesn't open this page. A code works once, for ten minutes and five tries, in the browser that asked "
    "for it."
)


@bp.get("/login")
def ask() -> ResponseReturnValue:
    """Whoever is signed in already goes on, unless asked to show that it is still them."""
    wanted = inside(request.args.get("next"))
    if find() is not None and "again" not in request.args:
        return redirect(wanted or url_for("shop.overview.show"), 303)
    return render_template("shop/login.html", next=wanted or "", who="", problem="")


@bp.post("/login")
def send() -> ResponseReturnValue:
    """Asks a task to send a code, if there is somebody to send it to."""
    who, wanted = request.form.get("who", "").strip(), inside(request.form.get("next"))
    if not who or len(who) > LONGEST_ADDRESS or "\0" in who:
        problem = "Please fill in your phone number or your e-mail address."
        return make_response(render_template("shop/login.html", next=wanted or "", who="", problem=problem), 422)
    code_id, browser = uuid4(), secrets.token_urlsafe(32)
    with page_dependencies().transactions() as rows:
        otp_codes.ask(rows, code_id=code_id, who=who, browser_hash=digest(browser), known=known())
        pending_tasks.add(rows, "send_sign_in_code", code_id)
    session["sign_in"] = {"code": str(code_id), "browser": browser, "by": "e-mail" if "@" in who else "text"}
    return redirect(url_for("sign_in.enter", next=wanted), 303)


@bp.get("/login/code")
def enter() -> ResponseReturnValue:
    """The one field for the code."""
    asked = session.get("sign_in")
    if not asked:
        return redirect(url_for("sign_in.ask"), 303)
    wanted = inside(request.args.get("next"))
    return render_template("shop/code.html", next=wanted or "", by=asked["by"], problem="")


@bp.post("/login/code")
def judge() -> ResponseReturnValue:
    """A new session for the right code; for any other the same answer, whatever is wrong with it."""
    asked, wanted = session.get("sign_in"), inside(request.form.get("next"))
    if not asked:
        return redirect(url_for("sign_in.ask"), 303)
    entered = _open(UUID(asked["code"]), asked["browser"], request.form.get("code", "")[:40])
    if entered is None:
        page = render_template("shop/code.html", next=wanted or "", by=asked["by"], problem=WRONG)
        return make_response(page, 422)
    place = url_for("shop.workplaces.choose", next=wanted) if entered.several else wanted
    return go_on(entered, place or url_for("shop.overview.show"))


def _open(code_id: UUID, browser: str, typed: str) -> OpenedSession | None:
    key = page_dependencies().settings.secret_key.get_secret_value()
    with page_dependencies().transactions() as rows:
        tried = otp_codes.count_a_try(rows, code_id, browser_hash=digest(browser))
        right = tried is not None and is_code(typed, key=key, code_id=tried.id, nonce=tried.nonce)
        if tried is None or not right or not otp_codes.use(rows, tried.id, known=tried.staff_id in known()):
            log.info("sign_in_refused", reason="wrong code" if tried else "no such code")
            return None
        proved = ProvedAddress(tried.staff_id, tried.shop_id, tried.channel, tried.address)
        return open_session(rows, proved, reason="Somebody signed in with a code that was sent to them.")


@bp.post("/logout")
def leave() -> ResponseReturnValue:
    """Ends this session, or with `everywhere` all of this person's."""
    found, token = find(), request.cookies.get(cookie_name(), "")
    with page_dependencies().transactions() as rows:
        staff_sessions.end(rows, digest(token))
        if found is not None and request.form.get("everywhere"):
            choose_shop.end_everywhere(rows, found)
    session.clear()
    flash("You are signed out everywhere." if request.form.get("everywhere") else "You are signed out.")
    return forget(make_response(redirect(url_for("sign_in.ask"), 303)))
