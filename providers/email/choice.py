"""Chooses the e-mail provider according to the settings."""

from datetime import timedelta

from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSender, EmailSent
from providers.email.resend import ResendSender
from providers.email.smtp import SmtpSender
from settings.email import EmailSettings


class UnconfiguredSender:
    """Used when no provider is configured: refuses every e-mail and says how to fix it."""

    remembers_keys = timedelta()
    ready = False

    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends nothing."""
        return EmailNotSent(EmailFailureKind.OURS_TO_FIX, "No e-mail can be sent; set RESEND_API_KEY or SMTP_HOST.")


def email_sender(settings: EmailSettings) -> EmailSender:
    """Returns Resend if it has a key, else SMTP if it has a host, else a sender that refuses."""
    if settings.resend_api_key:
        return ResendSender(settings)
    return SmtpSender(settings) if settings.smtp_host else UnconfiguredSender()
