"""Chooses the e-mail provider according to the settings."""

from datetime import timedelta

from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSender, EmailSent
from providers.email.resend import ResendSender
from providers.email.smtp import SmtpSender
from settings.email import EmailSettings


class UnconfiguredSender:
    """The sender if no provider is configured. Refuses every e-mail with a message about the required settings."""

    remembers_keys = timedelta()
    ready = False

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Refuses the e-mail."""
        return EmailNotSent(EmailFailureKind.OURS_TO_FIX, "No e-mail can be sent; set RESEND_API_KEY or SMTP_HOST.")


def email_sender(settings: EmailSettings) -> EmailSender:
    """Returns Resend if its key is set, else SMTP if its host is set, else a sender that refuses e-mails."""
    if settings.resend_api_key:
        return ResendSender(settings)
    return SmtpSender(settings) if settings.smtp_host else UnconfiguredSender()
