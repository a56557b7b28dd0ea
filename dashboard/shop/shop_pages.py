"""Puts the shop's pages together under /app, behind one door, and says kindly what went wrong on them."""

from __future__ import annotations

from flask import Blueprint, Flask, g, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from dashboard.shop import (
    appointments_page,
    choose_shop,
    customers_page,
    event_streams,
    import_page,
    invitation_page,
    jobs_page,
    notifications_page,
    overview_page,
    page_frame,
    settings_page,
    sign_in_page,
    slot_page,
    staff_action_forms,
    team_page,
    visitor_limits,
)
from dashboard.shop.session_access import by_itself, let_in

bp = Blueprint("shop", __name__, url_prefix="/app")
PARTS = (
    overview_page.bp,
    appointments_page.bp,
    slot_page.bp,
    staff_action_forms.bp,
    import_page.bp,
    customers_page.bp,
    notifications_page.bp,
    settings_page.bp,
    team_page.bp,
    event_streams.bp,
    jobs_page.bp,
    choose_shop.bp,
)

FAILURES: dict[int, tuple[str, str]] = {
    403: (
        "That is not for you to do",
        "Your role here does not allow it, or the request came from another page. Nothing was changed.",
    ),
    404: (
        "There is no such page",
        "Nothing in this shop has this address. It may belong to another shop, or part of the link is missing.",
    ),
    410: (
        "This invitation is not valid any more",
        "It was used, replaced by a newer one, or is older than seven days. Please ask the shop for a new one.",
    ),
    413: ("That was too much", "The file or form is larger than this page takes. Nothing was changed."),
    429: ("Please wait a little", "There were too many tries from here. Please try again in ten minutes."),
}
OTHER = ("That didn't work", "Something in the request was not as it should be. Nothing was changed.")


def install(app: Flask) -> None:
    """Every page but sign-in is behind the door."""
    event_streams.install(app)
    for part in (sign_in_page.bp, invitation_page.bp, bp):
        app.register_blueprint(part)
    visitor_limits.install(app)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    title, lead = FAILURES.get(error.code, OTHER)
    if by_itself():
        return make_response("", error.code)
    if g.get("signed_in") is None:
        return make_response(render_template("shop/shut.html", title=title, lead=lead), error.code)
    answer = page_frame.page("shop/failure.html", title=title, lead=lead)
    answer.status_code = error.code
    return answer


for part in PARTS:
    bp.register_blueprint(part)
bp.before_request(let_in)
for blueprint in (bp, sign_in_page.bp, invitation_page.bp):
    blueprint.register_error_handler(HTTPException, _refused)
