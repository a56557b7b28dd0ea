"""Receives Stripe events. An event is only a hint; the worker reads the payment from Stripe before it acts."""

from flask.typing import ResponseReturnValue

from intake import stripe_webhooks
from webhooks.json_response import json_response
from webhooks.request import IncomingRequest
from webhooks.request_log import note
from webhooks.response_models import Received


def webhook(request: IncomingRequest) -> ResponseReturnValue:
    """Records every event that Stripe has signed, regardless of its type."""
    payload = request.stripe_event
    assert payload is not None  # noqa: S101 - guaranteed by the authentication
    with request.dependencies.transactions.single() as session:
        recorded = stripe_webhooks.record(session, payload)
    note(webhook_event_id=recorded)
    return json_response(Received(received=True))
