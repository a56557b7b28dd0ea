"""Every route of the doors: who may use it, how much may be brought, what answers. There are no others."""

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from webhooks import cancellations, health, jobs, payments, proofs, schema, texts
from webhooks.proofs import Proof

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
    Route("POST", "/api/twilio/inbound", proofs.signed_by_twilio, texts.inbound),
    Route("POST", "/api/twilio/status/<message_id>", proofs.signed_by_twilio, texts.status),
    Route("POST", "/api/stripe/webhook", proofs.signed_by_stripe, payments.webhook, LARGEST_EVENT),
    Route("POST", "/api/appointments/<appointment_id>/cancel", proofs.internal_secret, cancellations.cancel),
    Route("POST", "/api/jobs/offer-loop", proofs.internal_secret, jobs.offer_loop),
    Route("POST", "/api/jobs/expire-offers", proofs.cron_secret, jobs.expire_offers),
    Route("POST", "/api/jobs/resolve-outcomes", proofs.cron_secret, jobs.resolve_outcomes),
    Route("GET", "/api/cron/cleanup", proofs.cron_bearer, jobs.clean_up),
    Route("GET", "/api/cron/reminders", proofs.cron_bearer, jobs.remind),
    Route("GET", "/healthz", proofs.nobody, health.alive),
    Route("GET", "/readyz", proofs.nobody, health.ready),
    Route("GET", schema.PATH, proofs.nobody, schema.published),
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
