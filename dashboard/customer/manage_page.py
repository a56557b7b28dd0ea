"""The booking's page: see it, take it into a calendar, pay the rest, cancel it after a second question."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.customer import calendar_entry
from dashboard.customer.booking_state import MAY_CANCEL, left_to_pay, stage_of
from dashboard.customer.booking_texts import booking_texts
from dashboard.customer.links import has_expired
from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from db.appointments import request_cancellation
from views import public_pages
from views.public_pages import BookingPage

log = structlog.get_logger()
bp = Blueprint("manage", __name__, url_prefix="/manage")


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """The booking as it stands, and what may be done with it."""
    return _page("customer/manage.html", _find(token), token)


@bp.get("/<link_token:token>/cancel")
def ask(token: str) -> ResponseReturnValue:
    """Says what cancelling does, before the button that does it; back to the booking where there is nothing to do."""
    page = _find(token)
    if stage_of(page) not in MAY_CANCEL:
        return redirect(url_for("manage.show", token=token), 303)
    return _page("customer/cancel.html", page, token)


@bp.post("/<link_token:token>/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """The booking's page says what came of it; a second press changes nothing."""
    page = _find(token)
    with page_dependencies().transactions() as session:
        verdict = request_cancellation(session, page.visit.id, by="customer")
    log.info("cancellation_asked", appointment=str(page.visit.id), reason=str(verdict and verdict.value))
    return redirect(url_for("manage.show", token=token), 303)


@bp.get("/<link_token:token>/appointment.ics")
def ics(token: str) -> ResponseReturnValue:
    """For the customer's calendar."""
    page = _find(token)
    host = urlsplit(page_dependencies().settings.app_url).hostname or "localhost"
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return Response(calendar_entry.entry(page, host=host), mimetype="text/calendar", headers=headers)


def _find(token: str) -> BookingPage:
    with page_dependencies().reading() as session:
        page = public_pages.booking_by_token(session, token)
    if page is None:
        abort(404)
    if has_expired(page.visit.ends_at, now=page.now):
        abort(410)
    return page


def _page(template: str, page: BookingPage, token: str) -> str:
    style, stage = Style(page.shop.timezone, page.shop.locale), stage_of(page)
    return render_template(
        template,
        page=page,
        stage=stage,
        style=style,
        words=booking_texts(page, stage, style),
        may_cancel=stage in MAY_CANCEL,
        left_to_pay=left_to_pay(page),
        token=token,
    )
