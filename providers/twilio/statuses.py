"""Twilio's status words in ours, and their rank: callbacks come in any order and may only move a message up.

Words: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from enum import StrEnum


class Status(StrEnum):
    """How far a message has come. `received` is the one word of messages that come in."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


OURS: dict[str, Status] = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.SENDING,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
    "receiving": Status.RECEIVED,
    "received": Status.RECEIVED,
}

RANK: dict[Status, int] = {
    Status.QUEUED: 1,
    Status.SENDING: 2,
    Status.SENT: 3,
    Status.DELIVERED: 4,
    Status.UNDELIVERED: 4,
    Status.FAILED: 4,
    Status.RECEIVED: 4,
}

NOT_ARRIVED = frozenset({Status.UNDELIVERED, Status.FAILED})


def ours(word: str) -> Status | None:
    """Our status for Twilio's word, None for a word we don't know."""
    return OURS.get(word.lower())


def moves_up(before: Status | None, after: Status) -> bool:
    """Whether a callback's status may replace the one we have; a final one is never replaced."""
    return before is None or RANK[after] > RANK[before]
