"""The booking page, where customers view, pay for or cancel a booking and download it as a calendar file."""

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.customer import calendar_entry
from dashboard.customer.booking_state import MAY_CANCEL, left_to_pay, stage_of
from dashboard.customer.booking_texts import booking_texts
from dashboard.customer.opened_page import opened
from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from db.appointments.appointments import request_cancellation
from views import public_pages
from views.public_pages import BookingPage

log = structlog.get_logger()
bp = Blueprint("manage", __name__, url_prefix="/manage")


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the booking and the possible actions."""
    return _page("customer/manage.html", _find(token), token)


@bp.get("/<link_token:token>/cancel")
def ask(token: str) -> ResponseReturnValue:
    """Asks for confirmation and explains the consequences. Redirects if the booking can't be cancelled."""
    page = _find(token)
    if stage_of(page) not in MAY_CANCEL:
        return redirect(url_for("manage.show", token=token), 303)
    return _page("customer/cancel.html", page, token)


@bp.post("/<link_token:token>/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Requests the cancellation. Idempotent; the booking page shows the result."""
    page = _find(token)
    with page_dependencies().transactions() as session:
        result = request_cancellation(session, page.appointment.id, by="customer")
    log.info("cancellation_requested", appointment=str(page.appointment.id), reason=str(result and result.value))
    return redirect(url_for("manage.show", token=token), 303)


@bp.get("/<link_token:token>/appointment.ics")
def ics(token: str) -> ResponseReturnValue:
    """Returns the booking as a calendar file."""
    page = _find(token)
    host = urlsplit(page_dependencies().settings.app_url).hostname or "localhost"
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return Response(calendar_entry.entry(page, host=host), mimetype="text/calendar", headers=headers)


def _find(token: str) -> BookingPage:
    with page_dependencies().reading() as session:
        return opened(public_pages.booking_by_token(session, token))


def _page(template: str, page: BookingPage, token: str) -> str:
    style, stage = Style(page.shop.timezone, page.locale), stage_of(page)
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
