"""Authenticates callers.

Each function returns None if the caller is authenticated, and the response that rejects the request otherwise.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence

from flask.typing import ResponseReturnValue

from intake import calendar_webhooks
from providers.calendars.port import NotAuthentic
from providers.twilio import twilio_signature
from webhooks.json_response import error_response
from webhooks.request import MISSING, IncomingRequest, as_uuid

Refusal = ResponseReturnValue
Authentication = Callable[[IncomingRequest], Refusal | None]


def signed_by_twilio(request: IncomingRequest) -> Refusal | None:
    """Checks Twilio's signature over the configured address and the whole form."""
    signature = request.headers.get("X-Twilio-Signature")
    reason: str | None = MISSING
    if signature:
        url = twilio_signature.signed_url(request.settings, request.path, request.query)
        reason = twilio_signature.why_refused(request.settings, url, request.form, signature)
    if reason is None:
        return None
    request.dependencies.refusals.note("twilio", reason)
    return error_response("Forbidden", 403)


def signed_by_stripe(request: IncomingRequest) -> Refusal | None:
    """Checks Stripe's signature over the raw body, and the event's age and mode (live or test)."""
    if request.stripe_event is not None:
        return None
    request.dependencies.refusals.note("stripe", request.why_not_signed_by_stripe)
    return error_response("Invalid signature", 400)


def signed_by_resend(request: IncomingRequest) -> Refusal | None:
    """Checks Resend's signature over the raw body, and the event's age."""
    if request.email_report is not None:
        return None
    request.dependencies.refusals.note("resend", "wrong" if request.headers.get("svix-signature") else MISSING)
    return error_response("Invalid signature", 400)


def signed_by_calendar(request: IncomingRequest) -> Refusal | None:
    """Checks the signature with the secret of the calendar to which the address belongs."""
    calendar_id = as_uuid(request.path_id("calendar_id"))
    if calendar_id is None:
        # A caller without a signature must not learn whether the address exists.
        return error_response("Not found", 404) if request.has_calendar_signature else _unauthorized()
    calendar = calendar_webhooks.find(request.dependencies.transactions, calendar_id)
    if calendar is None:
        return error_response("Not found", 404)
    read = calendar_webhooks.verify(request.dependencies.calendars, calendar, request.calendar_delivery)
    if isinstance(read, NotAuthentic):
        request.dependencies.refusals.note("calendar", read.reason)
        return _unauthorized()
    request.calendar_hint = read
    return None


def _unauthorized() -> Refusal:
    return error_response("Unauthorized", 401)


def internal_secret(request: IncomingRequest) -> Refusal | None:
    """Checks the booking system's secret in the x-internal-secret header."""
    given = request.headers.get("x-internal-secret", "")
    return _same("INTERNAL_SECRET", request.settings.internal_secrets, given)


def cron_secret(request: IncomingRequest) -> Refusal | None:
    """Checks the scheduler's secret in the x-cron-secret header."""
    return _same("CRON_SECRET", request.settings.cron_secrets, request.headers.get("x-cron-secret", ""))


def cron_bearer(request: IncomingRequest) -> Refusal | None:
    """Checks the scheduler's secret, sent as a bearer token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return _same("CRON_SECRET", request.settings.cron_secrets, given.strip() if scheme.lower() == "bearer" else "")


def nobody(request: IncomingRequest) -> Refusal | None:
    """Accepts every caller, for endpoints that reveal no private data and change nothing."""
    return None


def _same(name: str, secrets: Sequence[str], given: str) -> Refusal | None:
    """Compares the secrets as bytes: header values are Latin-1, and `compare_digest` rejects non-ASCII text."""
    if not secrets:
        return error_response(f"{name} not configured", 500)
    if not any(hmac.compare_digest(given.encode("latin-1", "replace"), secret.encode()) for secret in secrets):
        return error_response("Unauthorized", 401)
    return None


REFUSED_BY: Mapping[Authentication, frozenset[int]] = {
    signed_by_twilio: frozenset({403}),
    signed_by_stripe: frozenset({400}),
    signed_by_resend: frozenset({400}),
    signed_by_calendar: frozenset({401, 404}),
    internal_secret: frozenset({401}),
    cron_secret: frozenset({401}),
    cron_bearer: frozenset({401}),
    nobody: frozenset(),
}
"""The statuses of refused requests."""

SCHEMES: Mapping[Authentication, dict[str, str]] = {
    signed_by_twilio: {"type": "apiKey", "in": "header", "name": "X-Twilio-Signature"},
    signed_by_stripe: {"type": "apiKey", "in": "header", "name": "Stripe-Signature"},
    signed_by_resend: {"type": "apiKey", "in": "header", "name": "svix-signature"},
    signed_by_calendar: {"type": "apiKey", "in": "header", "name": "X-Cal-Signature-256"},
    internal_secret: {"type": "apiKey", "in": "header", "name": "x-internal-secret"},
    cron_secret: {"type": "apiKey", "in": "header", "name": "x-cron-secret"},
    cron_bearer: {"type": "http", "scheme": "bearer"},
}
"""The security scheme of each authentication in the published schema."""
