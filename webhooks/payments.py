"""Stripe's door: what happened to a payment. An event is only a hint; the worker asks Stripe before it believes."""

import structlog
from flask import jsonify
from flask.typing import ResponseReturnValue

from db import heard_payments
from providers.stripe.events import Unreadable, read_event
from providers.stripe.recorded import as_recorded
from webhooks.journal import note
from webhooks.visit import Visit

log = structlog.get_logger()


def webhook(visit: Visit) -> ResponseReturnValue:
    """Every event that Stripe signed is recorded, also of the kinds we do nothing about."""
    payload = visit.stripe_event
    assert payload is not None  # noqa: S101 - the proof has looked
    event = read_event(payload)
    if isinstance(event, Unreadable):
        # Money may be behind it: this is for a human.
        log.error("webhook_unreadable", type=event.type, because=event.reason)
    with visit.wiring.transactions.single() as session:
        recorded = heard_payments.record(session, payload=payload, **as_recorded(event))
    note(webhook_event_id=recorded)
    return jsonify(received=True)
