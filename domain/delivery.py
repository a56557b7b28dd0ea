"""How far a message of ours has come: a ladder that is only climbed."""

from enum import StrEnum


class MessageStatus(StrEnum):
    QUEUED = "queued"
    """Written; nobody has tried to send it."""
    SENDING = "sending"
    """Claimed before the call; the outcome is not known yet."""
    SENT = "sent"
    """The carrier has it."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Nobody could find out whether the carrier ever had it."""
    SUPPRESSED = "suppressed"
    """Not sent: the customer wants no texts."""
    EXPIRED = "expired"
    """Not sent: it had become pointless."""
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
"""What a carrier's word means for the message."""


def reached(word: str) -> MessageStatus:
    """Anything less final than the words above means that the carrier has it."""
    return REACHED.get(word, MessageStatus.SENT)


def below(status: MessageStatus) -> list[str]:
    """The statuses from which a message may still climb to this one."""
    return [lower.value for lower, rank in RANK.items() if rank < RANK[status]]
