"""Maps Twilio's message statuses to our statuses.

Statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from enum import StrEnum


class Status(StrEnum):
    """The status of a message. Inbound messages are always `received`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


STATUSES: dict[str, Status] = {
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


def status_from(twilio_status: str) -> Status | None:
    """Returns our status, or None for an unknown status."""
    return STATUSES.get(twilio_status.lower())
