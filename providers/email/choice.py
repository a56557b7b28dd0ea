"""Chooses the e-mail provider according to the settings."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSender, EmailSent
from providers.email.smtp import SmtpSender
from settings.email import EmailSettings

if TYPE_CHECKING:
    from providers.email.resend import ResendSender


class UnconfiguredSender:
    """The sender if no provider is configured. Refuses every e-mail with a message about the required settings."""

    remembers_keys = timedelta()
    ready = False

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Refuses the e-mail."""
        return EmailNotSent(EmailFailureKind.OURS_TO_FIX, "No e-mail can be sent; set RESEND_API_KEY or SMTP_HOST.")


class ResendAtFirstUse:
    """Sends through Resend. Imports the SDK for the first e-mail, because it takes 4 MB in each process."""

    # The documentation states 24 hours. One hour less allows for clock skew.
    remembers_keys = timedelta(hours=23)
    ready = True

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    @cached_property
    def _sender(self) -> ResendSender:
        from providers.email.resend import ResendSender

        return ResendSender(self._settings)

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends an e-mail, at most once per key within a day."""
        return self._sender.send(email, idempotency_key=idempotency_key)


def email_sender(settings: EmailSettings) -> EmailSender:
    """Returns Resend if its key is set, else SMTP if its host is set, else a sender that refuses e-mails."""
    if settings.resend_api_key:
        return ResendAtFirstUse(settings)
    return SmtpSender(settings) if settings.smtp_host else UnconfiguredSender()
