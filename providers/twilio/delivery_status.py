"""Twilio's status words in ours.

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


def ours(word: str) -> Status | None:
    """Our status for Twilio's word, None for a word we don't know."""
    return OURS.get(word.lower())
