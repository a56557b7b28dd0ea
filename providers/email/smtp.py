"""E-mail by any SMTP server, with the standard library."""

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
NOT_LET_IN = EmailNotSent(
    EmailFailureKind.OURS_TO_FIX, "The mail server does not let us in; check SMTP_USER and SMTP_PASSWORD."
)
NOT_AN_EMAIL = EmailNotSent(EmailFailureKind.REFUSED, "The address or the subject cannot stand in an e-mail.")
ASCII_ONLY = EmailNotSent(
    EmailFailureKind.REFUSED,
    "The mail server can't send to addresses with letters beyond ASCII before the @ (no SMTPUTF8).",
)
LOST = EmailNotSent(EmailFailureKind.UNKNOWN, "The connection broke while the e-mail was handed over.")


class SmtpSender:
    """A connection per e-mail: mail servers close idle ones, and ours are few."""

    remembers_keys = timedelta()
    ready = True

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    @measured("smtp", "send")
    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """One e-mail. SMTP knows no keys; the Message-ID made of ours lets mailboxes drop a second one."""
        try:
            message = self._written(email, idempotency_key)
        except (ValueError, IndexError, MessageError):
            # A line break in a header would let its author add headers.
            return NOT_AN_EMAIL
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError:
            return NOT_LET_IN
        except (OSError, smtplib.SMTPException):
            return UNREACHABLE
        try:
            return _handed_over(server, message)
        finally:
            server.close()

    def _written(self, email: Email, key: str) -> EmailMessage:
        name, sender = parseaddr(email.sender or self._settings.email_from)
        message = EmailMessage()
        message["From"] = written_from = _address(sender, name)
        message["To"] = _address(email.to)
        message["Subject"] = email.subject
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{written_from.domain}>"
        for header, value in email.headers.items():
            message[header] = value
        message.set_content(email.text)
        if email.html:
            message.add_alternative(email.html, subtype="html")
        return message

    def _connected(self) -> smtplib.SMTP:
        settings, trusted = self._settings, ssl.create_default_context()
        host, port, patience = settings.smtp_host or "", settings.smtp_port, settings.email_timeout_seconds
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=patience, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=patience)
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
    """With its domain in ASCII. Raises what `_written` may raise for what can't be an address."""
    parsed = email_address.parse(typed)
    if parsed is None:  # "root@localhost" will do for a server on this machine
        return Address(display_name=name, addr_spec=typed)
    return Address(display_name=name, username=parsed.local, domain=parsed.domain)


def _handed_over(server: smtplib.SMTP, message: EmailMessage) -> EmailSent | EmailNotSent:
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
    # 4xx is "try later", 5xx is for good (RFC 5321, 4.2.1).
    if code < 500:
        return EmailNotSent(EmailFailureKind.LATER, f"The mail server asks us to try later ({code}).")
    return EmailNotSent(EmailFailureKind.REFUSED, f"The mail server does not take this e-mail ({code}).")
