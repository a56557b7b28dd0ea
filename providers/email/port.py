"""The port through which e-mail leaves, whoever carries it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail to one address. `html` is optional; `text` is always there."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    sender: str | None = None
    """`Name <address>`; None: the one of the settings."""
    unsubscribe_url: str | None = field(default=None, repr=False)
    """Where one POST ends e-mails of this sort (RFC 8058); None for those that nobody can unsubscribe from."""

    @property
    def headers(self) -> dict[str, str]:
        """What mailboxes make a button of."""
        if self.unsubscribe_url is None:
            return {}
        return {
            "List-Unsubscribe": f"<{self.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


class EmailFailureKind(StrEnum):
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

    kind: EmailFailureKind
    reason: str


class EmailSender(Protocol):
    """Whoever carries e-mail. One per process, made after the fork; safe for its threads.

    `remembers_keys`: for how long the same key is the same e-mail. `ready`: whether there is a carrier at all.
    """

    remembers_keys: timedelta
    ready: bool

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends one e-mail, once per key as far as the carrier can tell."""
