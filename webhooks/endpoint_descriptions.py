"""The request and response bodies of each endpoint for the published schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from webhooks import response_models

JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml"
Bodies = Mapping[int, type[BaseModel] | str | None]
"""By status: a model for JSON, a media type for other content, or None for no body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The description of an endpoint. `refusals`: the statuses of errors other than authentication errors."""

    summary: str
    answers: Bodies
    takes: type[BaseModel] | None = None
    takes_as: str = JSON
    refusals: frozenset[int] = field(default_factory=frozenset)


WAITED_FOR: Bodies = {202: response_models.Underway}

OPERATIONS: Mapping[str, Operation] = {
    "POST /api/twilio/inbound": Operation(
        "Receive a text from a customer.", {200: XML}, response_models.TwilioForm, FORM, frozenset({415})
    ),
    "POST /api/twilio/status/<message_id>": Operation(
        "Receive the delivery status of a text.", {204: None}, response_models.TwilioForm, FORM, frozenset({404, 415})
    ),
    "POST /api/stripe/webhook": Operation(
        "Receive a Stripe event.", {200: response_models.Received}, response_models.StripeEvent
    ),
    "POST /api/email/status": Operation(
        "Receive a report about a sent e-mail.", {200: response_models.Received}, response_models.EmailEvent
    ),
    "POST /api/calendars/<calendar_id>/webhook": Operation(
        "Receive a webhook of a connected calendar, in the format of its provider.",
        {200: response_models.Received},
    ),
    "POST /api/appointments/<appointment_id>/cancel": Operation(
        "Cancel an appointment. A repeated request gets the same answer and has no further effect.",
        {202: response_models.CancellationResponse},
        refusals=frozenset({404, 409}),
    ),
    "POST /api/jobs/offer-loop": Operation(
        "Offer a slot to the next customer.",
        {200: response_models.NextCustomer, **WAITED_FOR},
        response_models.SlotToOffer,
        refusals=frozenset({400, 404}),
    ),
    "POST /api/jobs/expire-offers": Operation(
        "Expire offers, and process all other due work.", {200: response_models.Sweep, **WAITED_FOR}
    ),
    "POST /api/jobs/resolve-outcomes": Operation(
        "Settle or void past appointments.", {200: response_models.OutcomesResponse, **WAITED_FOR}
    ),
    "GET /api/cron/cleanup": Operation("Run every clean-up job.", {200: response_models.CleanedUp, **WAITED_FOR}),
    "GET /api/cron/reminders": Operation(
        "Send the reminders that are due.", {200: response_models.Reminded, **WAITED_FOR}
    ),
    "GET /healthz": Operation("Report whether the process is running.", {200: response_models.Alive}),
    "GET /readyz": Operation(
        "Report whether webhooks can be recorded, and which dependencies are missing.",
        {200: response_models.Ready, 503: response_models.NotReady},
    ),
    "GET /api/openapi.json": Operation("This schema.", {200: response_models.Schema}),
}
