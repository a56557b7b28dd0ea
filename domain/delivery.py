"""The delivery status of an outbound message. The status only moves up in `RANK`."""

from enum import StrEnum


class MessageStatus(StrEnum):
    QUEUED = "queued"
    """Written; no attempt to send it has been made."""
    SENDING = "sending"
    """Claimed for sending; the outcome is not known yet."""
    SENT = "sent"
    """Accepted by the carrier."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be determined whether the carrier accepted it."""
    SUPPRESSED = "suppressed"
    """Not sent: the customer has opted out."""
    EXPIRED = "expired"
    """Not sent: it was no longer relevant."""
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
"""The final statuses that a carrier reports."""


def reached(carrier_status: str) -> MessageStatus:
    """Returns the message status for a carrier's status. A status that is not final counts as sent."""
    return REACHED.get(carrier_status, MessageStatus.SENT)


def below(status: MessageStatus) -> list[str]:
    """Returns the statuses from which a message may still move to this one."""
    return [lower.value for lower, rank in RANK.items() if rank < RANK[status]]
