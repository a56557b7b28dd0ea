"""The models of request and response bodies, from which the published schema is generated."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

from outbox.job_answers import CleanedUp, JsonModel, NextCustomer, OutcomesResponse, Reminded, Sweep

__all__ = ["CleanedUp", "NextCustomer", "OutcomesResponse", "Reminded", "Sweep"]
"""The answers of jobs, which the worker creates."""


class ErrorResponse(JsonModel):
    """An error."""

    error: str


class SlotToOffer(JsonModel):
    """The slot to offer to the next customer. Unknown names are ignored."""

    model_config = ConfigDict(extra="ignore")

    slot_opening_id: UUID


class Received(JsonModel):
    """The event is recorded."""

    received: Literal[True]


class CancellationResponse(JsonModel):
    """This or an earlier request has cancelled the appointment."""

    success: Literal[True]


class Underway(JsonModel):
    """The job has not finished. It continues after this response. The id identifies its row in `pending_tasks`."""

    task_id: UUID


class Alive(JsonModel):
    """The process is running."""

    alive: Literal[True]


class Ready(JsonModel):
    """Webhooks are recorded. `degraded` lists unavailable dependencies, which delay processing."""

    ready: Literal[True]
    degraded: list[str] = Field([], exclude_if=lambda names: not names)


class NotReady(JsonModel):
    """Webhooks can't be recorded. `reason`: database, read_only (a standby), or schema (not migrated)."""

    ready: Literal[False]
    reason: list[str]


class TwilioForm(RootModel[dict[str, Any]]):
    """A form as Twilio sends it. Even an invalid form is recorded, because Twilio does not resend a refused text."""


class ReportedEmail(BaseModel):
    """The e-mail to which an event refers."""

    model_config = ConfigDict(extra="allow")

    email_id: str = Field(min_length=1, max_length=255)


class EmailEvent(BaseModel):
    """An event as Resend sends it. Every field is kept."""

    model_config = ConfigDict(extra="allow")

    type: str
    data: ReportedEmail


class StripeEvent(BaseModel):
    """An event as Stripe sends it. Every field is kept. Production accepts only live events; other systems accept
    only test events.
    """

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=255)
    object: Literal["event"] = "event"
    type: str = Field(min_length=1, max_length=255)
    livemode: bool = False


class Schema(RootModel[dict[str, Any]]):
    """OpenAPI 3.1."""
