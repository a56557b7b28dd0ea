"""The sign-in pages. A code is sent to a phone number or an e-mail address.

The response and the SQL statements are the same for unknown addresses, so that they don't reveal who works at a shop.
"""

import secrets
from uuid import UUID, uuid4

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access import choose_shop
from dashboard.shop.access.known_browsers import known
from dashboard.shop.access.open_session import OpenedSession, VerifiedAddress, open_session, redirect_with_session
from dashboard.shop.access.session_access import cookie_name, digest, find, forget, safe_path
from db.access import otp_codes, staff_sessions
from db.tasks import pending_tasks
from domain.sign_in_codes import is_code

log = structlog.get_logger()
bp = Blueprint("sign_in", __name__, url_prefix="/app")

LONGEST_ADDRESS = 320
WRONG = (
    "That code isn't valid. A code works once, for ten minutes and five attempts, in the browser that requested it."
)


@bp.get("/login")
def ask() -> ResponseReturnValue:
    """Shows the form. A signed-in user is redirected, unless `again` requires a new sign-in."""
    wanted, found = safe_path(request.args.get("next")), find()
    if found is not None and "again" not in request.args:
        return redirect(wanted or url_for("shop.overview.show"), 303)
    return render_template("shop/login.html", next=wanted or "", who=found.address if found else "", problem="")


@bp.post("/login")
def send() -> ResponseReturnValue:
    """Starts a task that sends a code if the address belongs to a staff member."""
    who, wanted = request.form.get("who", "").strip(), safe_path(request.form.get("next"))
    if not who or len(who) > LONGEST_ADDRESS or "\0" in who:
        problem = "Enter your phone number or e-mail address."
        return make_response(render_template("shop/login.html", next=wanted or "", who="", problem=problem), 422)
    code_id, browser = uuid4(), secrets.token_urlsafe(32)
    with page_dependencies().transactions() as rows:
        otp_codes.ask(rows, code_id=code_id, who=who, browser_hash=digest(browser), known=known())
        pending_tasks.add(rows, "send_sign_in_code", code_id)
    session["sign_in"] = {"code": str(code_id), "browser": browser, "by": "e-mail" if "@" in who else "text"}
    return redirect(url_for("sign_in.enter", next=wanted), 303)


@bp.get("/login/code")
def enter() -> ResponseReturnValue:
    """Shows the form for the code."""
    pending = session.get("sign_in")
    if not pending:
        return redirect(url_for("sign_in.ask"), 303)
    wanted = safe_path(request.args.get("next"))
    return render_template("shop/code.html", next=wanted or "", by=pending["by"], problem="")


@bp.post("/login/code")
def check() -> ResponseReturnValue:
    """Opens a session if the code is correct. All wrong codes get the same response."""
    pending, wanted = session.get("sign_in"), safe_path(request.form.get("next"))
    if not pending:
        return redirect(url_for("sign_in.ask"), 303)
    entered = _open(UUID(pending["code"]), pending["browser"], request.form.get("code", "")[:40])
    if entered is None:
        page = render_template("shop/code.html", next=wanted or "", by=pending["by"], problem=WRONG)
        return make_response(page, 422)
    place = url_for("shop.workplaces.choose", next=wanted) if entered.several else wanted
    return redirect_with_session(entered, place or url_for("shop.overview.show"))


def _open(code_id: UUID, browser: str, typed: str) -> OpenedSession | None:
    keys = page_dependencies().settings.secret_keys
    with page_dependencies().transactions() as rows:
        tried = otp_codes.count_a_try(rows, code_id, browser_hash=digest(browser))
        right = tried is not None and is_code(typed, keys=keys, code_id=tried.id, nonce=tried.nonce)
        if tried is None or not right or not otp_codes.use(rows, tried.id, known=tried.staff_id in known()):
            log.info("sign_in_refused", reason="wrong code" if tried else "no such code")
            return None
        proved = VerifiedAddress(tried.staff_id, tried.shop_id, tried.channel, tried.address)
        return open_session(rows, proved, reason="Signed in with a code.")


@bp.post("/logout")
def leave() -> ResponseReturnValue:
    """Ends this session, or all sessions of this person if `everywhere` is set."""
    found, token = find(), request.cookies.get(cookie_name(), "")
    with page_dependencies().transactions() as rows:
        staff_sessions.end(rows, digest(token))
        if found is not None and request.form.get("everywhere"):
            choose_shop.end_everywhere(rows, found)
    session.clear()
    flash("You're signed out everywhere." if request.form.get("everywhere") else "You're signed out.")
    return forget(make_response(redirect(url_for("sign_in.ask"), 303)))
