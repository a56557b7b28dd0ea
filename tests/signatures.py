"""Signs webhooks as Twilio and Stripe do, with the code of their own libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stripe import WebhookSignature
from twilio.request_validator import RequestValidator


def twilio_signature(url: str, form: Mapping[str, Any], token: str) -> str:
    """Returns the value of the X-Twilio-Signature header. For a repeated parameter, the value is a list."""
    signed: str = RequestValidator(token).compute_signature(url, _Repeated(form))
    return signed


def stripe_signature(body: str, secret: str, at: int | None = None) -> str:
    """Returns the value of the Stripe-Signature header. `at` is in Unix seconds, by default the current time."""
    return WebhookSignature.generate_signature_header(body, secret, at)


class _Repeated(dict[str, Any]):
    """A form whose repeated parameters the validator reads with `getlist`."""

    def getlist(self, name: str) -> list[str]:
        return self[name] if isinstance(self[name], list) else [self[name]]
