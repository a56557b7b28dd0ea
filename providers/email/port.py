"""The interface of e-mail providers."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail to one address, as text and, optionally, HTML."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    sender: str | None = None
    """`Name <address>`, or None to use EMAIL_FROM."""
    unsubscribe_url: str | None = field(default=None, repr=False)
    """The one-click unsubscribe URL (RFC 8058), or None for e-mails without an unsubscribe option."""

    @property
    def headers(self) -> dict[str, str]:
        """The List-Unsubscribe headers."""
        if self.unsubscribe_url is None:
            return {}
        return {
            "List-Unsubscribe": f"<{self.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


class EmailFailureKind(StrEnum):
    """The reaction to an e-mail that was not accepted."""

    REFUSED = "refused"
    """The address does not accept e-mail. Do not retry."""
    OURS_TO_FIX = "ours_to_fix"
    """No e-mail can be sent until the configuration is fixed. Raise an alert."""
    LATER = "later"
    """Retry later with the same key."""
    UNKNOWN = "unknown"
    """The e-mail may have been sent, and the provider has no idempotency keys. Do not retry."""


@dataclass(frozen=True, slots=True)
class EmailSent:
    """The provider accepted the e-mail under this id."""

    id: str


@dataclass(frozen=True, slots=True)
class EmailNotSent:
    """The e-mail was not accepted. `reason` is for the shop and for alerts, and never contains the address."""

    kind: EmailFailureKind
    reason: str


class EmailSender(Protocol):
    """An e-mail provider. Create one per process, after the fork. Threads can share it.

    `remembers_keys`: how long an idempotency key is valid. `ready`: whether a provider is configured.
    """

    remembers_keys: timedelta
    ready: bool

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends an e-mail, at most once per key if the provider supports keys."""
