"""The table of all endpoints, each with its authentication, handler, published description and maximum body size."""

from functools import cache
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from intake import email_statuses, stripe_webhooks
from providers.email import resend_webhooks
from providers.stripe import stripe_signature
from webhooks import (
    calendar_endpoint,
    cancellation_endpoint,
    health,
    job_endpoints,
    openapi,
    response_models,
    twilio_endpoints,
)
from webhooks.authentication import CRON_BEARER, CRON_SECRET, INTERNAL_SECRET, NOBODY
from webhooks.calendar_endpoint import SIGNED_BY_CALENDAR
from webhooks.endpoint import LARGEST_EVENT, XML, Bodies, Operation, ReceivingEndpoint
from webhooks.request import FORM, IncomingRequest
from webhooks.signed_webhook import signed_webhook
from webhooks.twilio_endpoints import SIGNED_BY_TWILIO


def schema(request: IncomingRequest) -> ResponseReturnValue:
    """Responds with the OpenAPI schema of these endpoints."""
    return jsonify(document())


RECEIVED: Bodies = {200: response_models.Received}
WAITED_FOR: Bodies = {202: response_models.Underway}

ROUTES = (
    ReceivingEndpoint(
        "POST",
        "/api/twilio/inbound",
        SIGNED_BY_TWILIO,
        twilio_endpoints.inbound,
        Operation("Receive a text from a customer.", {200: XML}, response_models.TwilioForm, FORM, frozenset({415})),
    ),
    ReceivingEndpoint(
        "POST",
        "/api/twilio/status/<message_id>",
        SIGNED_BY_TWILIO,
        twilio_endpoints.status,
        Operation(
            "Receive the delivery status of a text.",
            {204: None},
            response_models.TwilioForm,
            FORM,
            frozenset({404, 415}),
        ),
    ),
    signed_webhook(
        "/api/stripe/webhook",
        sender="stripe",
        header="Stripe-Signature",
        check="Checks Stripe's signature over the raw body, and the event's age and mode (live or test).",
        verify=stripe_signature.verify,
        record=stripe_webhooks.record,
        refused_with=400,
        operation=Operation(
            "Receive a Stripe event.", RECEIVED, response_models.StripeEvent, id="stripe_endpoint_webhook"
        ),
        largest_body=LARGEST_EVENT,
    ),
    signed_webhook(
        "/api/email/status",
        sender="resend",
        header="svix-signature",
        check="Checks Resend's signature over the raw body, and the event's age.",
        verify=resend_webhooks.verify,
        record=email_statuses.record,
        refused_with=400,
        operation=Operation(
            "Receive a report about a sent e-mail.",
            RECEIVED,
            response_models.EmailEvent,
            id="email_endpoint_status",
        ),
    ),
    ReceivingEndpoint(
        "POST",
        "/api/calendars/<calendar_id>/webhook",
        SIGNED_BY_CALENDAR,
        calendar_endpoint.webhook,
        Operation("Receive a webhook of a connected calendar, in the format of its provider.", RECEIVED),
        LARGEST_EVENT,
    ),
    ReceivingEndpoint(
        "POST",
        "/api/appointments/<appointment_id>/cancel",
        INTERNAL_SECRET,
        cancellation_endpoint.cancel,
        Operation(
            "Cancel an appointment. A repeated request gets the same answer and has no further effect.",
            {202: response_models.CancellationResponse},
            refusals=frozenset({404, 409}),
        ),
    ),
    ReceivingEndpoint(
        "POST",
        "/api/jobs/offer-loop",
        INTERNAL_SECRET,
        job_endpoints.offer_loop,
        Operation(
            "Offer a slot to the next customer.",
            {200: response_models.NextCustomer, **WAITED_FOR},
            response_models.SlotToOffer,
            refusals=frozenset({400, 404}),
        ),
    ),
    ReceivingEndpoint(
        "POST",
        "/api/jobs/expire-offers",
        CRON_SECRET,
        job_endpoints.expire_offers,
        Operation("Expire offers, and process all other due work.", {200: response_models.Sweep, **WAITED_FOR}),
    ),
    ReceivingEndpoint(
        "POST",
        "/api/jobs/resolve-outcomes",
        CRON_SECRET,
        job_endpoints.resolve_outcomes,
        Operation("Settle or void past appointments.", {200: response_models.OutcomesResponse, **WAITED_FOR}),
    ),
    ReceivingEndpoint(
        "GET",
        "/api/cron/cleanup",
        CRON_BEARER,
        job_endpoints.clean_up,
        Operation("Run every clean-up job.", {200: response_models.CleanedUp, **WAITED_FOR}),
    ),
    ReceivingEndpoint(
        "GET",
        "/api/cron/reminders",
        CRON_BEARER,
        job_endpoints.remind,
        Operation("Send the reminders that are due.", {200: response_models.Reminded, **WAITED_FOR}),
    ),
    ReceivingEndpoint(
        "GET",
        "/healthz",
        NOBODY,
        health.alive,
        Operation("Report whether the process is running.", {200: response_models.Alive}),
    ),
    ReceivingEndpoint(
        "GET",
        "/readyz",
        NOBODY,
        health.ready,
        Operation(
            "Report whether webhooks can be recorded, and which dependencies are missing.",
            {200: response_models.Ready, 503: response_models.NotReady},
        ),
    ),
    ReceivingEndpoint("GET", openapi.PATH, NOBODY, schema, Operation("This schema.", {200: response_models.Schema})),
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
