"""The delivery status of an outbound message, which never moves back to a status with a lower `RANK`."""

from enum import StrEnum


class MessageStatus(StrEnum):
    QUEUED = "queued"
    """The message was written, but no attempt has been made to send it."""
    SENDING = "sending"
    """The message is claimed for sending, and the outcome is not known yet."""
    SENT = "sent"
    """The carrier accepted the message."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It is not known whether the carrier accepted the message."""
    SUPPRESSED = "suppressed"
    """The message was not sent, because the customer has opted out."""
    EXPIRED = "expired"
    """The message was not sent, because it was no longer relevant."""
    RECEIVED = "received"


RANK: dict[MessageStatus, int] = {
    MessageStatus.QUEUED: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.UNKNOWN: 2,
    MessageStatus.SENT: 3,
    MessageStatus.DELIVERED: 4,
    MessageStatus.UNDELIVERED: 4,
    MessageStatus.FAILED: 4,
    MessageStatus.SUPPRESSED: 4,
    MessageStatus.EXPIRED: 4,
    MessageStatus.RECEIVED: 4,
}

NOT_ARRIVED = frozenset({MessageStatus.UNDELIVERED, MessageStatus.FAILED})


REACHED: dict[str, MessageStatus] = {
    "delivered": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
}
"""The carrier statuses that are final."""


def reached(carrier_status: str) -> MessageStatus:
    """Returns the message status for a carrier's status: "sent" if the carrier's status is not final."""
    return REACHED.get(carrier_status, MessageStatus.SENT)


def below(status: MessageStatus) -> list[str]:
    """Returns the statuses that a message can have before this one."""
    return [lower.value for lower, rank in RANK.items() if rank < RANK[status]]
