"""Stripe's door: what happened to a payment. An event is only a hint; the worker asks Stripe before it believes."""

from typing import Any
from uuid import UUID

import structlog
from flask import jsonify
from flask.typing import ResponseReturnValue

from db import heard_payments, webhook_events
from db.sessions import Speaker
from providers.stripe.events import (
    DisputeEvent,
    Ignored,
    IntentEvent,
    RefundEvent,
    Unreadable,
    read_event,
)
from webhooks.journal import note
from webhooks.visit import Visit

log = structlog.get_logger()

About = IntentEvent | RefundEvent | DisputeEvent


def webhook(visit: Visit) -> ResponseReturnValue:
    """Every event that Stripe signed is recorded, also of the kinds we do nothing about."""
    payload = visit.stripe_event
    assert payload is not None  # noqa: S101 - the proof has looked
    event = read_event(payload)
    with visit.wiring.transactions.single() as session:
        if isinstance(event, Ignored | Unreadable):
            recorded = _record_aside(session, event, payload)
        else:
            recorded = _record(session, event, payload)
    note(webhook_event_id=recorded)
    return jsonify(received=True)


def _record(session: Speaker, event: About, payload: dict[str, Any]) -> UUID | None:
    """With the task that looks into it, and says whether the intent is ours: our own record of it may come later."""
    return heard_payments.record(
        session,
        event_id=event.event_id,
        payload=payload,
        intent_id=event.intent_id,
        change=event.change.value if isinstance(event, IntentEvent) else None,
        metadata={} if isinstance(event, DisputeEvent) else event.metadata,
    )


def _record_aside(session: Speaker, event: Ignored | Unreadable, payload: dict[str, Any]) -> UUID | None:
    if isinstance(event, Unreadable):
        # Money may be behind it: this is for a human.
        log.error("webhook_unreadable", type=event.type, because=event.reason)
    return webhook_events.record(
        session,
        provider="stripe",
        event_id=event.event_id,
        type=event.type,
        payload=payload,
        outcome=f"unreadable: {event.reason}" if isinstance(event, Unreadable) else "ignored",
    )
