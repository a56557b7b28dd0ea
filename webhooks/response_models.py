"""Models of request and response bodies. The published schema is generated from them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

from outbox.job_answers import CleanedUp, JsonModel, NextCustomer, OutcomesResponse, Reminded, Sweep

__all__ = ["CleanedUp", "NextCustomer", "OutcomesResponse", "Reminded", "Sweep"]
"""Answers of jobs, which the worker creates."""


class ErrorResponse(JsonModel):
    """An error."""

    error: str


class SlotToOffer(JsonModel):
    """The slot to offer to the next customer. Other names are ignored."""

    model_config = ConfigDict(extra="ignore")

    slot_opening_id: UUID


class Received(JsonModel):
    """The event is recorded."""

    received: Literal[True]


class CancellationResponse(JsonModel):
    """The appointment is cancelled, by this or an earlier request."""

    success: Literal[True]


class Underway(JsonModel):
    """The job is not finished. It will run in any case; the id belongs to its row in `pending_tasks`."""

    task_id: UUID


class Alive(JsonModel):
    """The process runs."""

    alive: Literal[True]


class Ready(JsonModel):
    """Webhooks are recorded. `degraded` names the dependencies that are unavailable and delay processing."""

    ready: Literal[True]
    degraded: list[str] = Field([], exclude_if=lambda names: not names)


class NotReady(JsonModel):
    """`reason` names the missing dependency, without which nothing can be recorded."""

    ready: Literal[False]
    reason: list[str]


class TwilioForm(RootModel[dict[str, Any]]):
    """A form as Twilio sends it. Recorded even if it is invalid: Twilio does not send a refused text again."""


class ReportedEmail(BaseModel):
    """The e-mail that an event is about."""

    model_config = ConfigDict(extra="allow")

    email_id: str = Field(min_length=1, max_length=255)


class EmailEvent(BaseModel):
    """An event as Resend sends it; every field is kept."""

    model_config = ConfigDict(extra="allow")

    type: str
    data: ReportedEmail


class StripeEvent(BaseModel):
    """An event as Stripe sends it; every field is kept. Production accepts live events, other systems test events."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=255)
    object: Literal["event"] = "event"
    type: str = Field(min_length=1, max_length=255)
    livemode: bool = False


class Schema(RootModel[dict[str, Any]]):
    """OpenAPI 3.1."""
