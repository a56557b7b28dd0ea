"""The booking's page: see it, take it into a calendar, pay the rest, cancel it after a second question."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.customer import calendar
from dashboard.customer.booking import MAY_CANCEL, left_to_pay, stage_of
from dashboard.customer.booking_words import booking_words
from dashboard.customer.links import has_expired
from dashboard.shown import Style
from dashboard.wiring import wiring
from db import customer_pages
from db.appointments import request_cancellation
from db.customer_pages import BookingPage

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
    with wiring().transactions() as session:
        verdict = request_cancellation(session, page.visit.id, by="customer")
    log.info("cancellation_asked", appointment=str(page.visit.id), because=str(verdict and verdict.value))
    return redirect(url_for("manage.show", token=token), 303)


@bp.get("/<link_token:token>/appointment.ics")
def ics(token: str) -> ResponseReturnValue:
    """For the customer's calendar."""
    page = _find(token)
    host = urlsplit(wiring().settings.app_url).hostname or "localhost"
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return Response(calendar.entry(page, host=host), mimetype="text/calendar", headers=headers)


def _find(token: str) -> BookingPage:
    with wiring().reading() as session:
        page = customer_pages.booking_by_token(session, token)
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
        words=booking_words(page, stage, style),
        may_cancel=stage in MAY_CANCEL,
        left_to_pay=left_to_pay(page),
        token=token,
    )
