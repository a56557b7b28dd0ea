"""Unsubscribes a customer from e-mails about bookings, from a page or from the mail client (RFC 8058)."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.catalogues import use_locale
from dashboard.page_dependencies import page_dependencies
from db.customers import email_consent

bp = Blueprint("emails", __name__, url_prefix="/manage/emails")

ONE_CLICK = "List-Unsubscribe"
"""The form field that a mail client sends. Mail clients send no cookies and follow no redirects."""


@bp.get("/<uuid:message_id>", defaults={"token": None})
@bp.get("/<uuid:message_id>/<link_token:token>")
def show(message_id: UUID, token: str | None) -> ResponseReturnValue:
    """Asks for confirmation. Changes nothing, because mail scanners open every link."""
    with page_dependencies().reading() as session:
        found = email_consent.find(session, message_id, token)
    if found is None:
        abort(404)
    use_locale(found.locale)
    return render_template("customer/emails.html", subscription=found, message_id=message_id, token=token)


@bp.post("/<uuid:message_id>", defaults={"token": None})
@bp.post("/<uuid:message_id>/<link_token:token>")
def end(message_id: UUID, token: str | None) -> ResponseReturnValue:
    """Unsubscribes the customer.

    Requires no sign-in, because only the e-mail contains the token and the token permits nothing else.
    """
    with page_dependencies().transactions() as session:
        found = email_consent.end(session, message_id, token)
    if found is None:
        abort(404)
    if ONE_CLICK in request.form:
        return "", 204
    return redirect(url_for("emails.show", message_id=message_id, token=token), 303)
