"""Stripe's door: what happened to a payment. An event is only a hint; the worker asks Stripe before it believes."""

import structlog
from flask import jsonify
from flask.typing import ResponseReturnValue

from intake import stripe_webhooks
from providers.stripe.recorded_event import as_recorded
from providers.stripe.stripe_events import UnreadableEvent, read_event
from webhooks.request import IncomingRequest
from webhooks.request_log import note

log = structlog.get_logger()


def webhook(request: IncomingRequest) -> ResponseReturnValue:
    """Every event that Stripe signed is recorded, also of the kinds we do nothing about."""
    payload = request.stripe_event
    assert payload is not None  # noqa: S101 - the proof has looked
    event = read_event(payload)
    if isinstance(event, UnreadableEvent):
        # Money may be behind it: this is for a human.
        log.error("webhook_unreadable", type=event.type, reason=event.reason)
    with request.dependencies.transactions.single() as session:
        recorded = stripe_webhooks.record(session, payload=payload, **as_recorded(event))
    note(webhook_event_id=recorded)
    return jsonify(received=True)
