"""The port through which e-mail leaves, whoever carries it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail to one address. `html` is optional; `text` is always there."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)


class Kind(StrEnum):
    """What follows when an e-mail was not taken."""

    REFUSED = "refused"
    """This address does not take e-mail: do not try again."""
    OURS_TO_FIX = "ours_to_fix"
    """Nothing can be sent until we repair something: alarm."""
    LATER = "later"
    """Send it again with the same key."""
    UNKNOWN = "unknown"
    """Perhaps sent, and the carrier knows no keys: do not send it again."""


@dataclass(frozen=True, slots=True)
class EmailSent:
    """The carrier took it under this id."""

    id: str


@dataclass(frozen=True, slots=True)
class EmailNotSent:
    """`reason` is in words for the shop and for alarms; it never holds the address."""

    kind: Kind
    reason: str


class EmailSender(Protocol):
    """Whoever carries e-mail. One per process, made after the fork; safe for its threads."""

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends one e-mail, once per key as far as the carrier can tell."""
