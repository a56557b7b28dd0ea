"""Sends e-mail through an SMTP server."""

import hashlib
import smtplib
import ssl
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

from domain import email_address
from providers.call_metrics import measured
from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSent
from settings.email import EmailSettings

UNREACHABLE = EmailNotSent(EmailFailureKind.LATER, "The mail server could not be reached.")
LOGIN_REJECTED = EmailNotSent(
    EmailFailureKind.OURS_TO_FIX, "The mail server rejects the login; check SMTP_USER and SMTP_PASSWORD."
)
NOT_AN_EMAIL = EmailNotSent(EmailFailureKind.REFUSED, "The address or the subject is not valid in an e-mail.")
ASCII_ONLY = EmailNotSent(
    EmailFailureKind.REFUSED,
    "The mail server does not support non-ASCII characters before the @ of an address (SMTPUTF8).",
)
LOST = EmailNotSent(EmailFailureKind.UNKNOWN, "The connection was lost while the e-mail was sent.")


class SmtpSender:
    """Sends through an SMTP server. Opens a connection per e-mail, because mail servers close idle connections."""

    remembers_keys = timedelta()
    ready = True

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    @measured("smtp", "send")
    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends an e-mail.

        SMTP has no idempotency keys. The Message-ID is derived from the key, so that mailboxes can drop a duplicate.
        """
        try:
            message = self._message(email, idempotency_key)
        except (ValueError, IndexError, MessageError):
            # This happens, for example, if a value contains a line break, which would inject headers.
            return NOT_AN_EMAIL
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError:
            return LOGIN_REJECTED
        except (OSError, smtplib.SMTPException):
            return UNREACHABLE
        try:
            return _deliver(server, message)
        finally:
            server.close()

    def _message(self, email: Email, key: str) -> EmailMessage:
        name, sender = parseaddr(email.sender or self._settings.email_from)
        message = EmailMessage()
        message["From"] = from_address = _address(sender, name)
        message["To"] = _address(email.to)
        message["Subject"] = email.subject
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{from_address.domain}>"
        for header, value in email.headers.items():
            message[header] = value
        message.set_content(email.text)
        if email.html:
            message.add_alternative(email.html, subtype="html")
        return message

    def _connect(self) -> smtplib.SMTP:
        settings, trusted = self._settings, ssl.create_default_context()
        host, port, timeout = settings.smtp_host or "", settings.smtp_port, settings.email_timeout_seconds
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                server.starttls(context=trusted)
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server


def _address(typed: str, name: str = "") -> Address:
    """Encodes the domain in ASCII. Raises ValueError, IndexError or MessageError for an invalid address."""
    parsed = email_address.parse(typed)
    if parsed is None:  # an address such as "root@localhost", which is valid for a local server
        return Address(display_name=name, addr_spec=typed)
    return Address(display_name=name, username=parsed.local, domain=parsed.domain)


def _deliver(server: smtplib.SMTP, message: EmailMessage) -> EmailSent | EmailNotSent:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        return _refused(min(codes, default=550))
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code)
    except smtplib.SMTPNotSupportedError:
        return ASCII_ONLY
    except (OSError, smtplib.SMTPException):
        return LOST
    return EmailSent(str(message["Message-ID"]))


def _refused(code: int) -> EmailNotSent:
    # 4xx replies are transient, and 5xx replies are permanent (RFC 5321, 4.2.1).
    if code < 500:
        return EmailNotSent(EmailFailureKind.LATER, f"The mail server is temporarily unavailable ({code}).")
    return EmailNotSent(EmailFailureKind.REFUSED, f"The mail server rejected this e-mail ({code}).")
