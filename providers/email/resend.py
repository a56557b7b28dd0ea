"""Sends e-mail through Resend, which keeps an idempotency key for 24 hours (https://resend.com/docs/api-reference/emails)."""

from collections.abc import Mapping
from typing import Any

import resend
from resend.exceptions import NoContentError, ResendError
from resend.http_client import HTTPClient

from domain import email_address
from providers.call_metrics import measured
from providers.connections import pooled_session
from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSent
from settings.email import EmailSettings

CONNECTIONS = 8

# Keyed by HTTP status (https://resend.com/docs/api-reference/errors). The SDK reports a missing response as 500.
BY_STATUS: dict[str, EmailNotSent] = {
    "400": EmailNotSent(EmailFailureKind.REFUSED, "Resend does not accept this e-mail."),
    "401": EmailNotSent(EmailFailureKind.OURS_TO_FIX, "Resend rejects the API key; check RESEND_API_KEY."),
    "403": EmailNotSent(
        EmailFailureKind.OURS_TO_FIX, "Resend does not allow EMAIL_FROM as sender; verify its domain."
    ),
    "404": EmailNotSent(EmailFailureKind.OURS_TO_FIX, "The URL does not exist at Resend; check RESEND_API_URL."),
    "409": EmailNotSent(EmailFailureKind.LATER, "Resend is still processing the same e-mail."),
    "422": EmailNotSent(EmailFailureKind.REFUSED, "Resend does not accept the address."),
    "429": EmailNotSent(EmailFailureKind.LATER, "Resend limits the request rate."),
}
OTHERWISE = EmailNotSent(EmailFailureKind.LATER, "Resend could not be reached or had an error.")


class PooledHttpClient(HTTPClient):
    """Reuses connections. The SDK's default client opens a connection for each e-mail."""

    def __init__(self, settings: EmailSettings) -> None:
        self._session = pooled_session(settings.resend_api_url, CONNECTIONS)
        self._timeout = settings.email_timeout_seconds

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Sends a request of the SDK. The SDK wraps exceptions from this method in ResendError."""
        content: dict[str, Any] = {"headers": headers, "json": json, "files": files, "data": data}
        answer = self._session.request(method, url, **content, timeout=self._timeout)
        return answer.content, answer.status_code, answer.headers


class ResendSender:
    """Sends through Resend. Create one per process, because the SDK keeps its key and URL in module variables."""

    def __init__(self, settings: EmailSettings) -> None:
        key = settings.resend_api_key
        resend.api_key = key.get_secret_value() if key else ""
        resend.api_url = settings.resend_api_url
        resend.default_http_client = PooledHttpClient(settings)
        self._from = settings.email_from

    @measured("resend", "send")
    def send(self, email: Email, *, idempotency_key: str) -> EmailSent | EmailNotSent:
        """Sends an e-mail, at most once per key within a day."""
        params: resend.Emails.SendParams = {
            "from": email.sender or self._from,
            "to": [str(email_address.parse(email.to) or email.to)],
            "subject": email.subject,
            "text": email.text,
        }
        if email.html:
            params["html"] = email.html
        if email.headers:
            params["headers"] = email.headers
        try:
            return EmailSent(str(resend.Emails.send(params, {"idempotency_key": idempotency_key})["id"]))
        except ResendError as error:
            return BY_STATUS.get(str(error.code), OTHERWISE)
        except (NoContentError, ValueError, KeyError, TypeError):
            return OTHERWISE
