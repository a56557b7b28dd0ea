"""Verifies that a webhook comes from Stripe, is recent, and has the right mode (live or test).

Rules: https://docs.stripe.com/webhooks#verify-official-libraries
"""

import json
import time
from typing import Any

import stripe

from providers.storable_text import storable_json
from settings.web import WebSettings

TOLERANCE_SECONDS = 300
MAX_ID_LENGTH = 255


def verify(settings: WebSettings, body: bytes, header: str | None) -> dict[str, Any] | None:
    """Returns the storable event if the raw body is signed with the current or previous secret, and None otherwise.

    Also returns None for a body that is not a snapshot event with an id and a type, for a live event outside
    production, for a test event in production, for an empty secret, and after any error.
    """
    try:
        if not _is_signed(settings, body, header):
            return None
        event = storable_json(json.loads(body))
        return event if isinstance(event, dict) and _is_acceptable(settings, event) else None
    except Exception:  # noqa: BLE001 - bad UTF-8, deep nesting, odd headers: any error means a refusal
        return None


def why_refused(settings: WebSettings, body: bytes, header: str) -> str:
    """Returns the reason why `verify` refused: unset, wrong, time, account (of the other mode) or malformed."""
    if not settings.stripe_webhook_secret.get_secret_value():
        return "unset"
    try:
        if not _is_signed(settings, body, header):
            return "time" if _is_signed(settings, body, header, tolerance=None) else "wrong"
        event = json.loads(body)
    except Exception:  # noqa: BLE001 - any error means that the event is malformed
        return "malformed"
    right_mode = (
        event.get("livemode", False) is (settings.environment == "production") if isinstance(event, dict) else True
    )
    return "malformed" if right_mode else "account"


def _is_signed(
    settings: WebSettings, body: bytes, header: str | None, *, tolerance: int | None = TOLERANCE_SECONDS
) -> bool:
    """Returns whether the body is signed. `tolerance`: in seconds, or None to accept a signature of any age."""
    current = settings.stripe_webhook_secret.get_secret_value()
    if not current or not header:
        return False
    previous = settings.stripe_webhook_secret_previous
    secrets = [current, *([previous.get_secret_value()] if previous else [])]
    if not any(_verifies(body, header, secret, tolerance) for secret in secrets):
        return False
    return tolerance is None or not _is_from_the_future(header)


def _verifies(body: bytes, header: str, secret: str, tolerance: int | None) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, header, secret, tolerance) is True
    except stripe.SignatureVerificationError:
        return False


def _is_from_the_future(header: str) -> bool:
    # The SDK rejects only old timestamps.
    signed_at = next(part[2:] for part in header.split(",") if part.startswith("t="))
    return int(signed_at) > time.time() + TOLERANCE_SECONDS


def _is_acceptable(settings: WebSettings, event: dict[str, Any]) -> bool:
    if event.get("object", "event") != "event":
        return False
    names = [event.get("id"), event.get("type")]
    if not all(isinstance(name, str) and 0 < len(name) <= MAX_ID_LENGTH for name in names):
        return False
    return event.get("livemode", False) is (settings.environment == "production")
