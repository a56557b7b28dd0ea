"""Puts the shop's pages together under /app, behind one door, and says kindly what went wrong on them."""

from __future__ import annotations

from flask import Blueprint, Flask, g, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from dashboard.shop import (
    appointments,
    bringing,
    customers,
    frame,
    invitations,
    jobs,
    notices,
    overview,
    people,
    settings,
    sign_in,
    slots,
    steps,
    streams,
    visitors,
    workplaces,
)
from dashboard.shop.signed_in import by_itself, let_in

bp = Blueprint("shop", __name__, url_prefix="/app")
PARTS = (
    overview.bp,
    appointments.bp,
    slots.bp,
    steps.bp,
    bringing.bp,
    customers.bp,
    notices.bp,
    settings.bp,
    people.bp,
    streams.bp,
    jobs.bp,
    workplaces.bp,
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
    streams.install(app)
    for part in (sign_in.bp, invitations.bp, bp):
        app.register_blueprint(part)
    visitors.install(app)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    title, lead = FAILURES.get(error.code, OTHER)
    if by_itself():
        return make_response("", error.code)
    if g.get("signed_in") is None:
        return make_response(render_template("shop/shut.html", title=title, lead=lead), error.code)
    answer = frame.page("shop/failure.html", title=title, lead=lead)
    answer.status_code = error.code
    return answer


for part in PARTS:
    bp.register_blueprint(part)
bp.before_request(let_in)
for blueprint in (bp, sign_in.bp, invitations.bp):
    blueprint.register_error_handler(HTTPException, _refused)
