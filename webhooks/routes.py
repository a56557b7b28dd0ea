"""The table of all endpoints, with the method, path, authentication, handler and maximum body size of each."""

from functools import cache
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from webhooks import (
    authentication,
    calendar_endpoint,
    cancellation_endpoint,
    email_endpoint,
    health,
    job_endpoints,
    openapi,
    stripe_endpoint,
    twilio_endpoints,
)
from webhooks.endpoint import LARGEST_EVENT, ReceivingEndpoint
from webhooks.request import IncomingRequest


def schema(request: IncomingRequest) -> ResponseReturnValue:
    """Responds with the OpenAPI schema of these endpoints."""
    return jsonify(document())


ROUTES = (
    ReceivingEndpoint("POST", "/api/twilio/inbound", authentication.signed_by_twilio, twilio_endpoints.inbound),
    ReceivingEndpoint(
        "POST", "/api/twilio/status/<message_id>", authentication.signed_by_twilio, twilio_endpoints.status
    ),
    ReceivingEndpoint(
        "POST", "/api/stripe/webhook", authentication.signed_by_stripe, stripe_endpoint.webhook, LARGEST_EVENT
    ),
    ReceivingEndpoint("POST", "/api/email/status", authentication.signed_by_resend, email_endpoint.status),
    ReceivingEndpoint(
        "POST",
        "/api/calendars/<calendar_id>/webhook",
        authentication.signed_by_calendar,
        calendar_endpoint.webhook,
        LARGEST_EVENT,
    ),
    ReceivingEndpoint(
        "POST",
        "/api/appointments/<appointment_id>/cancel",
        authentication.internal_secret,
        cancellation_endpoint.cancel,
    ),
    ReceivingEndpoint("POST", "/api/jobs/offer-loop", authentication.internal_secret, job_endpoints.offer_loop),
    ReceivingEndpoint("POST", "/api/jobs/expire-offers", authentication.cron_secret, job_endpoints.expire_offers),
    ReceivingEndpoint(
        "POST", "/api/jobs/resolve-outcomes", authentication.cron_secret, job_endpoints.resolve_outcomes
    ),
    ReceivingEndpoint("GET", "/api/cron/cleanup", authentication.cron_bearer, job_endpoints.clean_up),
    ReceivingEndpoint("GET", "/api/cron/reminders", authentication.cron_bearer, job_endpoints.remind),
    ReceivingEndpoint("GET", "/healthz", authentication.nobody, health.alive),
    ReceivingEndpoint("GET", "/readyz", authentication.nobody, health.ready),
    ReceivingEndpoint("GET", openapi.PATH, authentication.nobody, schema),
)


@cache
def document() -> dict[str, Any]:
    """Returns the OpenAPI document of these endpoints."""
    return openapi.document(ROUTES)


def largest_body(method: str, path: str) -> int:
    """Returns the maximum number of bytes to receive before the endpoint is called; 0 without a route or a body."""
    return next((endpoint.largest_body for endpoint in ROUTES if _matches(endpoint, method, path)), 0)


def _matches(endpoint: ReceivingEndpoint, method: str, path: str) -> bool:
    expected, given = endpoint.path.split("/"), path.split("/")
    return (
        method == endpoint.method != "GET"
        and len(given) == len(expected)
        and all(part == name or part.startswith("<") for part, name in zip(expected, given, strict=True))
    )
