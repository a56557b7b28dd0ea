"""Signs webhooks as Twilio and Stripe do, with the code of their own libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stripe import WebhookSignature
from twilio.request_validator import RequestValidator


def twilio_signature(url: str, form: Mapping[str, Any], token: str) -> str:
    """Returns the value of the X-Twilio-Signature header. A value may be a list, for a repeated parameter."""
    signed: str = RequestValidator(token).compute_signature(url, _Repeated(form))
    return signed


def stripe_signature(body: str, secret: str, at: int | None = None) -> str:
    """Returns the value of the Stripe-Signature header; `at` is in Unix seconds, by default now."""
    return WebhookSignature.generate_signature_header(body, secret, at)


class _Repeated(dict[str, Any]):
    """A form in which the validator can read repeated parameters through `getlist`."""

    def getlist(self, name: str) -> list[str]:
        return self[name] if isinstance(self[name], list) else [self[name]]
