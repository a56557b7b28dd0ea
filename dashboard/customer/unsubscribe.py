"""Where the link in an e-mail ends such e-mails: by a button here, or by the mailbox's own (RFC 8058)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.page_dependencies import page_dependencies
from db import email_consent

bp = Blueprint("emails", __name__, url_prefix="/manage/emails")

ONE_CLICK = "List-Unsubscribe"
"""The field a mailbox sends along; it comes without a cookie, and follows no redirect."""


@bp.get("/<uuid:message_id>", defaults={"token": None})
@bp.get("/<uuid:message_id>/<link_token:token>")
def show(message_id: UUID, token: str | None) -> ResponseReturnValue:
    """Asks; mail scanners open every link, so that opening it may change nothing."""
    with page_dependencies().reading() as session:
        found = email_consent.find(session, message_id, token)
    if found is None:
        abort(404)
    return render_template("customer/emails.html", subscription=found, message_id=message_id, token=token)


@bp.post("/<uuid:message_id>", defaults={"token": None})
@bp.post("/<uuid:message_id>/<link_token:token>")
def end(message_id: UUID, token: str | None) -> ResponseReturnValue:
    """Needs no sign-in: only the e-mail holds the token, and nothing but this can be done with it."""
    with page_dependencies().transactions() as session:
        found = email_consent.end(session, message_id, token)
    if found is None:
        abort(404)
    if ONE_CLICK in request.form:
        return "", 204
    return redirect(url_for("emails.show", message_id=message_id, token=token), 303)
