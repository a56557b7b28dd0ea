"""Receives Stripe events. An event is only a hint: the worker reads the payment from Stripe before it acts."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from intake import stripe_webhooks
from webhooks.request import IncomingRequest
from webhooks.request_log import note


def webhook(request: IncomingRequest) -> ResponseReturnValue:
    """Records every event that Stripe signed, of any type."""
    payload = request.stripe_event
    assert payload is not None  # noqa: S101 - guaranteed by the authentication
    with request.dependencies.transactions.single() as session:
        recorded = stripe_webhooks.record(session, payload)
    note(webhook_event_id=recorded)
    return jsonify(received=True)
