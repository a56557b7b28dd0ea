"""The pages of webhook endpoints and their deliveries, for owners with a recent sign-in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.shop import page_frame
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.recoveries.status_labels import StatusLabel
from db.webhooks import events, webhook_endpoints
from domain.event_types import EVENT_TYPES, TEST
from domain.plurals import counted
from providers.allowed_addresses import AddressNotAllowedError, destination_of
from providers.outgoing_webhooks.signatures import new_secret
from settings.loading import load
from settings.outgoing_webhooks import OutgoingWebhookSettings

bp = Blueprint("webhooks", __name__, url_prefix="/settings/webhooks")

SHOWN = 50
LONGEST_DESCRIPTION = 200
SELECTABLE = {name: text for name, text in EVENT_TYPES.items() if name != TEST}

ENABLED = StatusLabel("good", "check", "Enabled")
FAILING = StatusLabel("wait", "alert", "Failing")
DISABLED = StatusLabel("stop", "alert", "Disabled")
REASONS = {
    "gone": "Disabled because the address responded with 410 (Gone).",
    "failing": "Disabled because the address accepted no events for five days.",
    "by_request": "Disabled by your team or through the API.",
}
DELIVERIES = {
    "pending": StatusLabel("wait", "clock", "Waiting"),
    "delivered": StatusLabel("good", "check", "Delivered"),
    "failed": StatusLabel("stop", "alert", "Failed"),
}
TOO_MANY = f"A shop can have at most {webhook_endpoints.MOST_ENDPOINTS} webhooks. Delete one first."
PERIODS = {"1": "the last hour", "24": "the last day", "168": "the last week", "720": "the last 30 days"}
"""The names of the periods, by their length in hours."""


def state_of(endpoint: Row[Any]) -> StatusLabel:
    """Returns the status label of an endpoint."""
    if endpoint.status != "enabled":
        return DISABLED
    return FAILING if endpoint.failing_since else ENABLED


@bp.get("")
@require_permission("manage")
def listing() -> ResponseReturnValue:
    """Shows the endpoints and the form to add an endpoint."""
    return _listing(FormResult())


def _listing(form: FormResult) -> Response:
    with reading() as rows:
        endpoints = webhook_endpoints.all_of(rows, signed_in().shop.id)
    return page_frame.form_page(
        "shop/webhooks.html", endpoints=endpoints, form=form, types=SELECTABLE, state_of=state_of
    )


@bp.post("")
@require_permission("manage")
@require_recent_sign_in
def add() -> ResponseReturnValue:
    """Adds an endpoint. Only this response shows its secret."""
    form = _read()
    if form.wrong:
        return _listing(form)
    secret = new_secret()
    with acting() as rows:
        try:
            id = webhook_endpoints.create(
                rows, signed_in().shop.id, form.values, secret=_encrypted(secret), by=signed_in().actor
            )
        except webhook_endpoints.TooManyEndpointsError:
            form.wrong["url"] = TOO_MANY
            return _listing(form)
    return _one(id, secret=secret)


def _read() -> FormResult:
    found = FormResult()
    url = typed(request.form, "url")
    problem = None
    try:
        destination_of(url, allow_loopback=load(OutgoingWebhookSettings).webhooks_allow_loopback)
    except AddressNotAllowedError as refused:
        problem = str(refused)
    found.put("url", url, problem)
    description = typed(request.form, "description")
    found.put("description", description, too_long(description, LONGEST_DESCRIPTION) or None)
    chosen = [kind for kind in request.form.getlist("types") if kind in SELECTABLE]
    found.put("types", chosen or None, None)
    # Keeps the values as typed, so that an invalid form can be corrected.
    found.values |= {"url": url, "description": description}
    return found


@bp.get("/<uuid:id>")
@require_permission("manage")
def show(id: UUID) -> ResponseReturnValue:
    """Shows one endpoint with its newest deliveries."""
    return _one(id)


def _one(id: UUID, *, secret: str = "") -> ResponseReturnValue:
    """Shows an endpoint. A new `secret` is shown only on the page that follows its creation."""
    with reading() as rows:
        endpoint = webhook_endpoints.find(rows, signed_in().shop.id, id)
        if endpoint is None:
            abort(404)
        deliveries = webhook_endpoints.newest_deliveries(rows, signed_in().shop.id, id, limit=SHOWN)
    return page_frame.page(
        "shop/webhook_endpoint.html",
        endpoint=endpoint,
        deliveries=deliveries,
        secret=secret,
        state_of=state_of,
        labels=DELIVERIES,
        reasons=REASONS,
        periods=PERIODS,
        public_id=events.public_id,
        instant=datetime.fromisoformat,
    )


@bp.post("/<uuid:id>/rotate-secret")
@require_permission("manage")
@require_recent_sign_in
def rotate_secret(id: UUID) -> ResponseReturnValue:
    """Replaces the secret. Only this response shows the new secret."""
    secret, me = new_secret(), signed_in()
    with acting() as rows:
        if not webhook_endpoints.rotate_secret(rows, me.shop.id, id, secret=_encrypted(secret), by=me.actor):
            abort(404)
    return _one(id, secret=secret)


@bp.post("/<uuid:id>/test")
@require_permission("manage")
def send_test(id: UUID) -> ResponseReturnValue:
    """Sends the event endpoint.test."""

    def test(rows: Session) -> str:
        sent = webhook_endpoints.test(rows, signed_in().shop.id, id, by=signed_in().actor)
        return "Test event sent. Reload to see the response." if sent else "Enable the webhook first."

    return _act(id, test)


@bp.post("/<uuid:id>/status")
@require_permission("manage")
@require_recent_sign_in
def set_status(id: UUID) -> ResponseReturnValue:
    """Enables or disables the endpoint."""
    status = "enabled" if request.form.get("status") == "enabled" else "disabled"

    def change(rows: Session) -> str:
        me = signed_in()
        if not webhook_endpoints.change(rows, me.shop.id, id, {"status": status}, by=me.actor):
            abort(404)
        return f"Webhook {status}."

    return _act(id, change)


@bp.post("/<uuid:id>/delete")
@require_permission("manage")
@require_recent_sign_in
def delete(id: UUID) -> ResponseReturnValue:
    """Deletes the endpoint."""
    with acting() as rows:
        if not webhook_endpoints.delete(rows, signed_in().shop.id, id, by=signed_in().actor):
            abort(404)
    flash("Webhook deleted.")
    return redirect(url_for("shop.webhooks.listing"), 303)


@bp.post("/<uuid:id>/deliveries/<uuid:delivery_id>/resend")
@require_permission("manage")
def resend(id: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Resends one event."""

    def again(rows: Session) -> str:
        if not webhook_endpoints.resend(rows, signed_in().shop.id, delivery_id, by=signed_in().actor):
            abort(404)
        return "Event resent. Reload to see the response."

    return _act(id, again)


@bp.post("/<uuid:id>/resend-failed")
@require_permission("manage")
def resend_failed(id: UUID) -> ResponseReturnValue:
    """Resends all events that failed in the chosen period."""
    hours = request.form.get("hours", "")

    def again(rows: Session) -> str:
        if hours not in PERIODS:
            abort(400)
        me = signed_in()
        since = me.now - timedelta(hours=int(hours))
        count = webhook_endpoints.resend_failed(rows, me.shop.id, id, since=since, by=me.actor)
        return f"{counted(count, 'event')} resent." if count else f"No events failed in {PERIODS[hours]}."

    return _act(id, again)


def _act(id: UUID, act: Callable[[Session], str]) -> ResponseReturnValue:
    with acting() as rows:
        if webhook_endpoints.find(rows, signed_in().shop.id, id) is None:
            abort(404)
        message = act(rows)
    flash(message)
    return redirect(url_for("shop.webhooks.show", id=id), 303)


def _encrypted(secret: str) -> str:
    return webhook_endpoints.secret_encryption(page_dependencies().settings.secret_keys).encrypt(secret)
