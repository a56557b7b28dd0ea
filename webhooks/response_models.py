"""Models of request and response bodies. The published schema is generated from them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel


class ResponseModel(BaseModel):
    """JSON names are camelCase; unknown names are an error."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ErrorResponse(ResponseModel):
    """An error."""

    error: str


class SlotToOffer(ResponseModel):
    """The slot to offer to the next customer. Other names are ignored."""

    model_config = ConfigDict(extra="ignore")

    slot_opening_id: UUID


class Received(ResponseModel):
    """The event is recorded."""

    received: Literal[True]


class CancellationResponse(ResponseModel):
    """The appointment is cancelled, now or before."""

    success: Literal[True]


class Underway(ResponseModel):
    """The job is not finished. It will run in any case; the id is that of its row in `pending_tasks`."""

    task_id: UUID


class CustomerAskedResponse(ResponseModel):
    """The slot is offered to this customer, or booked for a customer whose earlier YES came too late."""

    success: Literal[True]
    customer_id: UUID
    customer_phone: str | None


class SkippedResponse(ResponseModel):
    """No offer is needed now: `slot_status_filled`, `slot_status_expired` or `offer_outstanding`."""

    success: Literal[True]
    skipped: Literal[True]
    reason: str = Field(pattern="^(slot_status_(filled|expired)|offer_outstanding)$")


class RetryLaterResponse(ResponseModel):
    """No customer can be asked before `retryAt`. The search continues then by itself."""

    success: Literal[True]
    skipped: Literal[True]
    reason: Literal["nobody_askable_yet"]
    retry_at: datetime


class CompletedResponse(ResponseModel):
    """No customer is left. The status of the slot is now `expired`."""

    success: Literal[True]
    completed: Literal[True]
    reason: Literal["no_eligible_customers"]


class NextCustomer(RootModel[CustomerAskedResponse | SkippedResponse | RetryLaterResponse | CompletedResponse]):
    """The result of the search for the next customer."""


class FailedItem(ResponseModel):
    """An item that failed. The others were processed."""

    id: str
    error: str


class Skipped(ResponseModel):
    """Another run is in progress."""

    skipped: Literal[True]
    reason: Literal["locked"]


class SweepCounts(ResponseModel):
    """Offers of open slots past their window: found, expired, and slots for which the next customer is asked."""

    total: int
    expired: int
    triggered: int
    errors: list[FailedItem]


class ResolvedCounts(ResponseModel):
    """Past appointments: found, settled and voided."""

    total: int
    settled: int
    voided: int
    errors: list[FailedItem]


class Sweep(RootModel[SweepCounts | Skipped]):
    """The result of a sweep."""


class OutcomesResponse(RootModel[ResolvedCounts | Skipped]):
    """The result for past appointments."""


class Deleted(ResponseModel):
    """Rows deleted after their retention period."""

    deleted: int
    errors: list[FailedItem]


class LetGo(ResponseModel):
    """Bookings cancelled because the deposit never arrived."""

    cancelled: int
    errors: list[FailedItem]


class RemindersSent(ResponseModel):
    """Reminders queued for sending."""

    sent: int
    errors: list[FailedItem]


class CleanUpSummary(ResponseModel):
    """Results by kind."""

    stale_bookings: LetGo
    notifications: Deleted
    otp_codes: Deleted
    audit_logs: Deleted


class ReminderSummary(ResponseModel):
    """Results by kind."""

    booking_reminders: RemindersSent
    payment_reminders: RemindersSent


class CleanedUp(ResponseModel):
    """`success`: whether nothing failed."""

    success: bool
    timestamp: datetime
    summary: CleanUpSummary


class Reminded(ResponseModel):
    """`success`: whether nothing failed."""

    success: bool
    timestamp: datetime
    summary: ReminderSummary


class Alive(ResponseModel):
    """The process runs."""

    alive: Literal[True]


class Ready(ResponseModel):
    """Webhooks are recorded. `degraded` names what is unavailable and delays their processing."""

    ready: Literal[True]
    degraded: list[str] = []


class NotReady(ResponseModel):
    """`reason` names what is missing: without it nothing can be recorded."""

    ready: Literal[False]
    reason: list[str]


class TwilioForm(RootModel[dict[str, Any]]):
    """A form as Twilio sends it. Recorded even if it is invalid: Twilio does not send a refused text again."""


class StripeEvent(BaseModel):
    """An event as Stripe sends it; every field is kept. Production accepts live events, other systems test events."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=255)
    object: Literal["event"] = "event"
    type: str = Field(min_length=1, max_length=255)
    livemode: bool = False


class Schema(RootModel[dict[str, Any]]):
    """OpenAPI 3.1."""
