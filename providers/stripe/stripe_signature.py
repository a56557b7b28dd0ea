"""Whether a webhook really comes from Stripe, is fresh, and is of our mode (live or test).

Rules: https://docs.stripe.com/webhooks#verify-official-libraries
"""

import json
import time
from typing import Any

import stripe

from providers.storable_text import storable_json
from settings.web import WebSettings

TOLERANCE_SECONDS = 300
LONGEST_ID = 255


def verify(settings: WebSettings, body: bytes, header: str | None) -> dict[str, Any] | None:
    """The event, fit for storing, if Stripe signed this raw body with our secret or the one before; else None.

    None too for whatever is no snapshot event with an id and a type (thin events, lists, bad UTF-8, NaN), for live
    events outside production and test events in it, for an empty secret, and for whatever goes wrong here.
    """
    try:
        if not _is_signed(settings, body, header):
            return None
        event = storable_json(json.loads(body))
        return event if isinstance(event, dict) and _is_ours(settings, event) else None
    except Exception:  # noqa: BLE001 - bad UTF-8, deep nesting, odd headers: nothing but a sound event opens the door
        return None


def why_refused(settings: WebSettings, body: bytes, header: str) -> str:
    """Why `verify` refused what carries a signature: unset, wrong, time, account (of the other mode) or malformed."""
    if not settings.stripe_webhook_secret.get_secret_value():
        return "unset"
    try:
        if not _is_signed(settings, body, header):
            return "time" if _is_signed(settings, body, header, tolerance=None) else "wrong"
        event = json.loads(body)
    except Exception:  # noqa: BLE001 - as in `verify`
        return "malformed"
    ours = event.get("livemode", False) is (settings.environment == "production") if isinstance(event, dict) else True
    return "malformed" if ours else "account"


def _is_signed(
    settings: WebSettings, body: bytes, header: str | None, *, tolerance: int | None = TOLERANCE_SECONDS
) -> bool:
    """`tolerance` in seconds; None takes a signature of any time."""
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
    # The SDK refuses old timestamps only.
    signed_at = next(part[2:] for part in header.split(",") if part.startswith("t="))
    return int(signed_at) > time.time() + TOLERANCE_SECONDS


def _is_ours(settings: WebSettings, event: dict[str, Any]) -> bool:
    if event.get("object", "event") != "event":
        return False
    names = [event.get("id"), event.get("type")]
    if not all(isinstance(name, str) and 0 < len(name) <= LONGEST_ID for name in names):
        return False
    return event.get("livemode", False) is (settings.environment == "production")
