"""Verifies that a webhook comes from Stripe, is recent, and has the right mode (live or test).

Rules: https://docs.stripe.com/webhooks#verify-official-libraries
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import stripe

from providers.signature import NotAuthentic
from providers.storable_text import storable_json
from settings.setting_types import accepted
from settings.web import WebSettings

TOLERANCE_SECONDS = 300
MAX_ID_LENGTH = 255


def verify(settings: WebSettings, body: bytes, headers: Mapping[str, str]) -> dict[str, Any] | NotAuthentic:
    """Returns the storable event if the raw body is signed with the current or previous secret. Never raises.

    Refuses an empty secret (unset), another secret (wrong), an old or a future signature (time), live events outside
    production and test events in production (account), and all other bodies that are not snapshot events with an id
    and a type (malformed). Names of `headers` are in lower case.
    """
    if not settings.stripe_webhook_secret.get_secret_value():
        return NotAuthentic("unset")
    header = headers.get("stripe-signature", "")
    try:
        if not _is_signed(settings, body, header):
            return NotAuthentic("time" if _is_signed(settings, body, header, tolerance=None) else "wrong")
        event = storable_json(json.loads(body))
    except Exception:  # noqa: BLE001 - bad UTF-8, deep nesting, odd headers: any error means a refusal
        return NotAuthentic("malformed")
    if isinstance(event, dict) and event.get("livemode", False) is not (settings.environment == "production"):
        return NotAuthentic("account")
    return event if isinstance(event, dict) and _is_snapshot(event) else NotAuthentic("malformed")


def _is_signed(settings: WebSettings, body: bytes, header: str, *, tolerance: int | None = TOLERANCE_SECONDS) -> bool:
    """Returns whether the body is signed. `tolerance`: in seconds, or None to accept a signature of any age."""
    secrets = accepted(settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous)
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


def _is_snapshot(event: dict[str, Any]) -> bool:
    names = [event.get("id"), event.get("type")]
    has_names = all(isinstance(name, str) and 0 < len(name) <= MAX_ID_LENGTH for name in names)
    return has_names and event.get("object", "event") == "event"
