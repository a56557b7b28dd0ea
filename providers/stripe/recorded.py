"""What of an event is written down, whether it was heard at the door or found in Stripe's list."""

from collections.abc import Mapping
from typing import TypedDict

from providers.stripe.events import DisputeEvent, Event, Ignored, IntentEvent, Unreadable


class Recorded(TypedDict):
    """`change`: what happened to the intent, if the event tells that. With an `outcome` nothing is left to do."""

    event_id: str
    intent_id: str | None
    change: str | None
    metadata: Mapping[str, str]
    outcome: str | None


def as_recorded(event: Event) -> Recorded:
    """Every event is recorded, also of the kinds we do nothing about."""
    if isinstance(event, Ignored | Unreadable):
        outcome = f"unreadable: {event.reason}" if isinstance(event, Unreadable) else "ignored"
        return Recorded(event_id=event.event_id, intent_id=None, change=None, metadata={}, outcome=outcome)
    return Recorded(
        event_id=event.event_id,
        intent_id=event.intent_id,
        change=event.change.value if isinstance(event, IntentEvent) else None,
        metadata={} if isinstance(event, DisputeEvent) else event.metadata,
        outcome=None,
    )
