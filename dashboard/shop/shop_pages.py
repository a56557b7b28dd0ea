"""Registers the shop's pages under /app, behind the sign-in, and their error pages."""

from flask import Blueprint, Flask, abort, g, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from dashboard.shop import event_streams, jobs_page, page_frame, settings_page
from dashboard.shop.access import choose_shop, invitation_page, sign_in_page, team_page, visitor_limits
from dashboard.shop.access.session_access import by_itself, require_sign_in
from dashboard.shop.bookings import (
    appointment_changes,
    booking_page,
    calendar_page,
    customer_choice_forms,
    refund_page,
)
from dashboard.shop.catalogue import performers_page, services_page, texts_page
from dashboard.shop.connections import api_keys_page, calendar_access_page, connected_calendars_page, webhooks_page
from dashboard.shop.customers import customer_data, customer_form, customers_page, inbox_page, notifications_page
from dashboard.shop.imports import appointment_import_page, customer_import_page, waitlist_import_page
from dashboard.shop.overview import overview_page, start_page
from dashboard.shop.recoveries import appointments_page, chain_page, slot_page, staff_action_forms
from dashboard.shop.waiting import waitlist_page

bp = Blueprint("shop", __name__, url_prefix="/app")
PARTS = (
    overview_page.bp,
    appointment_import_page.bp,
    appointments_page.bp,
    refund_page.bp,
    appointment_changes.bp,
    calendar_page.bp,
    booking_page.bp,
    slot_page.bp,
    chain_page.bp,
    staff_action_forms.bp,
    customer_choice_forms.bp,
    customer_data.bp,
    customer_form.bp,
    customer_import_page.bp,
    customers_page.bp,
    waitlist_import_page.bp,
    waitlist_page.bp,
    inbox_page.bp,
    notifications_page.bp,
    settings_page.bp,
    team_page.bp,
    services_page.bp,
    performers_page.bp,
    api_keys_page.bp,
    event_streams.bp,
    jobs_page.bp,
    webhooks_page.bp,
    connected_calendars_page.bp,
    calendar_access_page.bp,
    choose_shop.bp,
    start_page.bp,
    texts_page.bp,
)

FAILURES: dict[int, tuple[str, str]] = {
    403: (
        "You don't have access",
        "Your role doesn't allow this, or the request came from another site. Nothing was changed.",
    ),
    404: (
        "Page not found",
        "Check the link. It may be incomplete, or belong to another shop.",
    ),
    410: (
        "This invitation has expired",
        "It was already used, was replaced by a newer one, or is older than seven days. Ask the shop for a new one.",
    ),
    413: ("File too large", "The file or form is larger than this page accepts. Nothing was changed."),
    429: ("Too many attempts", "Please try again in ten minutes."),
}
OTHER = ("That didn't work", "We couldn't read your request. Nothing was changed.")


def install(app: Flask) -> None:
    """Registers the blueprints. All pages except sign-in and invitations require a session."""
    event_streams.install(app)
    for part in (sign_in_page.bp, invitation_page.bp, bp):
        app.register_blueprint(part)
    visitor_limits.install(app)


@bp.get("/<path:unknown>")
def not_found(unknown: str) -> ResponseReturnValue:
    """Makes unknown paths require a sign-in, so that their error page has the navigation."""
    abort(404)


def _http_error(error: HTTPException) -> ResponseReturnValue:
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
bp.before_request(require_sign_in)
for blueprint in (bp, sign_in_page.bp, invitation_page.bp):
    blueprint.register_error_handler(HTTPException, _http_error)
