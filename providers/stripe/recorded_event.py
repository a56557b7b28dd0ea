"""What of an event is written down, whether it was heard at the door or found in Stripe's list."""

from collections.abc import Mapping
from typing import TypedDict

from providers.stripe.stripe_events import DisputeEvent, Event, IgnoredEvent, IntentEvent, UnreadableEvent


class RecordedStripeEvent(TypedDict):
    """`change`: what happened to the intent, if the event tells that. With an `outcome` nothing is left to do."""

    event_id: str
    intent_id: str | None
    change: str | None
    metadata: Mapping[str, str]
    outcome: str | None


def as_recorded(event: Event) -> RecordedStripeEvent:
    """Every event is recorded, also of the kinds we do nothing about."""
    if isinstance(event, IgnoredEvent | UnreadableEvent):
        outcome = f"unreadable: {event.reason}" if isinstance(event, UnreadableEvent) else "ignored"
        return RecordedStripeEvent(event_id=event.event_id, intent_id=None, change=None, metadata={}, outcome=outcome)
    return RecordedStripeEvent(
        event_id=event.event_id,
        intent_id=event.intent_id,
        change=event.change.value if isinstance(event, IntentEvent) else None,
        metadata={} if isinstance(event, DisputeEvent) else event.metadata,
        outcome=None,
    )
