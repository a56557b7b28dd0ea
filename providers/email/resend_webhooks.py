"""Verifies and parses Resend's webhooks about sent e-mails (https://resend.com/docs/dashboard/webhooks/event-types).

Resend uses the signatures of Svix, which are Standard Webhooks 1.0.0 with headers that start with `svix-`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from standardwebhooks import Webhook

from providers.signature import NotAuthentic
from providers.storable_text import storable_json
from settings.setting_types import accepted
from settings.web import WebSettings

HEADERS = {f"svix-{part}": f"webhook-{part}" for part in ("id", "timestamp", "signature")}
MAX_ID_LENGTH = 255


class EmailResult(StrEnum):
    """A report from the provider about a sent e-mail."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    COMPLAINED = "complained"
    """The e-mail was delivered, but its recipient reported it as spam."""


RESULTS: dict[str, EmailResult] = {
    "email.delivered": EmailResult.DELIVERED,
    "email.bounced": EmailResult.UNDELIVERED,
    "email.failed": EmailResult.UNDELIVERED,
    "email.suppressed": EmailResult.UNDELIVERED,
    "email.complained": EmailResult.COMPLAINED,
}
"""The result for each event type. Other types are ignored."""


@dataclass(frozen=True, slots=True)
class EmailReport:
    """An authentic webhook. `email_id`: Resend's id. `result`: None for ignored event types."""

    event_id: str
    type: str
    email_id: str
    result: EmailResult | None
    payload: dict[str, Any]


def verify(settings: WebSettings, body: bytes, headers: Mapping[str, str]) -> EmailReport | NotAuthentic:
    """Returns the report if the raw body has a recent signature with our secret. Never raises. Names of `headers` are
    in lower case.
    """
    given = {name: headers.get(theirs, "") for theirs, name in HEADERS.items()}
    secrets = accepted(settings.resend_webhook_secret, settings.resend_webhook_secret_previous)
    if not any(_is_signed(secret, body, given) for secret in secrets):
        return NotAuthentic("wrong")
    try:
        return _read(given["webhook-id"], storable_json(json.loads(body)))
    except Exception:  # noqa: BLE001 - deep nesting, odd types: any error means a refusal
        return NotAuthentic("malformed")


def _is_signed(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body.decode(), headers)
    except Exception:  # noqa: BLE001 - a bad secret, an old time, bad UTF-8: any error means a refusal
        return False
    return True


def result_of(payload: Mapping[str, Any]) -> EmailResult | None:
    """Returns the result that a stored webhook reports."""
    return RESULTS.get(str(payload.get("type", "")))


def _read(event_id: str, payload: Any) -> EmailReport | NotAuthentic:
    data = payload.get("data")
    email_id = data.get("email_id") if isinstance(data, dict) else None
    if not isinstance(email_id, str) or not 0 < len(event_id) <= MAX_ID_LENGTH:
        return NotAuthentic("malformed")
    return EmailReport(event_id, str(payload.get("type", "")), email_id, result_of(payload), payload)
