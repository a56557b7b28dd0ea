"""Every route of the doors: who may use it, how much may be brought, what answers. There are no others."""

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from webhooks import (
    authentication,
    cancellation_endpoint,
    health,
    job_endpoints,
    openapi,
    stripe_endpoint,
    twilio_endpoints,
)
from webhooks.authentication import Proof

KIB = 1024
LARGEST_BODY = 64 * KIB
LARGEST_EVENT = 512 * KIB


@dataclass(frozen=True, slots=True)
class Route:
    """`answer` gets the visit, and the ids in the path by their names, once `proof` holds."""

    method: str
    path: str
    proof: Proof
    answer: Callable[..., ResponseReturnValue]
    largest_body: int = LARGEST_BODY


ROUTES = (
    Route("POST", "/api/twilio/inbound", authentication.signed_by_twilio, twilio_endpoints.inbound),
    Route("POST", "/api/twilio/status/<message_id>", authentication.signed_by_twilio, twilio_endpoints.status),
    Route("POST", "/api/stripe/webhook", authentication.signed_by_stripe, stripe_endpoint.webhook, LARGEST_EVENT),
    Route(
        "POST",
        "/api/appointments/<appointment_id>/cancel",
        authentication.internal_secret,
        cancellation_endpoint.cancel,
    ),
    Route("POST", "/api/jobs/offer-loop", authentication.internal_secret, job_endpoints.offer_loop),
    Route("POST", "/api/jobs/expire-offers", authentication.cron_secret, job_endpoints.expire_offers),
    Route("POST", "/api/jobs/resolve-outcomes", authentication.cron_secret, job_endpoints.resolve_outcomes),
    Route("GET", "/api/cron/cleanup", authentication.cron_bearer, job_endpoints.clean_up),
    Route("GET", "/api/cron/reminders", authentication.cron_bearer, job_endpoints.remind),
    Route("GET", "/healthz", authentication.nobody, health.alive),
    Route("GET", "/readyz", authentication.nobody, health.ready),
    Route("GET", openapi.PATH, authentication.nobody, openapi.published),
)


def largest_body(method: str, path: str) -> int:
    """Bytes that are received before the route is called: 0 where there is no such route, or it reads no body."""
    return next((route.largest_body for route in ROUTES if _is(route, method, path)), 0)


def _is(route: Route, method: str, path: str) -> bool:
    expected, given = route.path.split("/"), path.split("/")
    return (
        method == route.method != "GET"
        and len(given) == len(expected)
        and all(part == name or part.startswith("<") for part, name in zip(expected, given, strict=True))
    )
