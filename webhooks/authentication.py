"""How callers prove who they are: a proof answers nothing when it holds, else the refusal to send back."""

import hmac
from collections.abc import Callable

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import SecretStr

from webhooks.request import IncomingRequest

Refusal = ResponseReturnValue
Proof = Callable[[IncomingRequest], Refusal | None]


def signed_by_twilio(visit: IncomingRequest) -> Refusal | None:
    """Over the configured address and the whole form."""
    if visit.is_signed_by_twilio:
        return None
    visit.wiring.refusals.note("twilio", visit.why_not_signed_by_twilio)
    return jsonify(error="Forbidden"), 403


def signed_by_stripe(visit: IncomingRequest) -> Refusal | None:
    """Over the raw body; fresh, and of our mode."""
    if visit.stripe_event is not None:
        return None
    visit.wiring.refusals.note("stripe", visit.why_not_signed_by_stripe)
    return jsonify(error="Invalid signature"), 400


def internal_secret(visit: IncomingRequest) -> Refusal | None:
    """The booking system's secret, in x-internal-secret."""
    given = visit.request.headers.get("x-internal-secret", "")
    return _same("INTERNAL_SECRET", visit.settings.internal_secret, given)


def cron_secret(visit: IncomingRequest) -> Refusal | None:
    """The scheduler's secret, in x-cron-secret."""
    return _same("CRON_SECRET", visit.settings.cron_secret, visit.request.headers.get("x-cron-secret", ""))


def cron_bearer(visit: IncomingRequest) -> Refusal | None:
    """The scheduler's secret, as a bearer."""
    scheme, _, given = visit.request.headers.get("Authorization", "").partition(" ")
    return _same("CRON_SECRET", visit.settings.cron_secret, given.strip() if scheme.lower() == "bearer" else "")


def nobody(visit: IncomingRequest) -> Refusal | None:
    """Open to everybody: says nothing that isn't public, and changes nothing."""
    return None


def _same(name: str, secret: SecretStr | None, given: str) -> Refusal | None:
    """Headers reach us as Latin-1, whatever they were; bytes compare in constant time, text would raise."""
    if secret is None or not secret.get_secret_value():
        return jsonify(error=f"{name} not configured"), 500
    expected = secret.get_secret_value().encode()
    if not hmac.compare_digest(given.encode("latin-1", "replace"), expected):
        return jsonify(error="Unauthorized"), 401
    return None
