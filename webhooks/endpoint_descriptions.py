"""What each door takes and answers, by its address: the words of the published schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from webhooks import response_models

JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml"
Bodies = Mapping[int, type[BaseModel] | str | None]
"""By status: a model for JSON, a media type for what is no JSON, None for no body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`refusals` are those that every door of its kind knows besides."""

    summary: str
    answers: Bodies
    takes: type[BaseModel] | None = None
    takes_as: str = JSON
    refusals: frozenset[int] = field(default_factory=frozenset)


WAITED_FOR: Bodies = {202: response_models.Underway}

OPERATIONS: Mapping[str, Operation] = {
    "POST /api/twilio/inbound": Operation(
        "A customer has texted.", {200: XML}, response_models.TwilioForm, FORM, frozenset({415})
    ),
    "POST /api/twilio/status/<message_id>": Operation(
        "A text of ours has come so far.", {204: None}, response_models.TwilioForm, FORM, frozenset({404, 415})
    ),
    "POST /api/stripe/webhook": Operation(
        "Something happened to a payment.", {200: response_models.Received}, response_models.StripeEvent
    ),
    "POST /api/appointments/<appointment_id>/cancel": Operation(
        "Cancel an appointment. A repeat is answered alike and does nothing more.",
        {202: response_models.CancellationResponse},
        refusals=frozenset({404, 409}),
    ),
    "POST /api/jobs/offer-loop": Operation(
        "Ask the next customer for a slot.",
        {200: response_models.NextCustomer, **WAITED_FOR},
        response_models.SlotToOffer,
        refusals=frozenset({400, 404}),
    ),
    "POST /api/jobs/expire-offers": Operation(
        "End offers whose time is over, and all else that is due.", {200: response_models.Sweep, **WAITED_FOR}
    ),
    "POST /api/jobs/resolve-outcomes": Operation(
        "Settle or void appointments that are over.", {200: response_models.OutcomesResponse, **WAITED_FOR}
    ),
    "GET /api/cron/cleanup": Operation("Run every clean-up.", {200: response_models.CleanedUp, **WAITED_FOR}),
    "GET /api/cron/reminders": Operation(
        "Send the reminders that are due.", {200: response_models.Reminded, **WAITED_FOR}
    ),
    "GET /healthz": Operation("Is the process alive?", {200: response_models.Alive}),
    "GET /readyz": Operation(
        "Can it take what is brought, and if not, why not?",
        {200: response_models.Ready, 503: response_models.NotReady},
    ),
    "GET /api/openapi.json": Operation("This schema.", {200: response_models.Schema}),
}
