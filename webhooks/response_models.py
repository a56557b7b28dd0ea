"""What is brought to the doors and what they answer, as models: the published schema is made of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel


class ResponseModel(BaseModel):
    """Names are written in camelCase outside; nothing is said that isn't listed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ErrorResponse(ResponseModel):
    """Every refusal."""

    error: str


class SlotToOffer(ResponseModel):
    """For which slot the next customer is to be asked. Further names are passed over."""

    model_config = ConfigDict(extra="ignore")

    slot_opening_id: UUID


class Received(ResponseModel):
    """The event is recorded."""

    received: Literal[True]


class CancellationResponse(ResponseModel):
    """It is cancelled, or was before."""

    success: Literal[True]


class Underway(ResponseModel):
    """The job is not done yet; it will be, in any case. The id is that of its row in `pending_tasks`."""

    task_id: UUID


class CustomerAskedResponse(ResponseModel):
    """This customer is asked now, or, having said YES too late before, has the slot."""

    success: Literal[True]
    customer_id: UUID
    customer_phone: str | None


class SkippedResponse(ResponseModel):
    """Nobody need be asked now: `slot_status_filled`, `slot_status_expired` or `offer_outstanding`."""

    success: Literal[True]
    skipped: Literal[True]
    reason: str = Field(pattern="^(slot_status_(filled|expired)|offer_outstanding)$")


class RetryLaterResponse(ResponseModel):
    """Somebody can be asked later; the search is taken up by itself."""

    success: Literal[True]
    skipped: Literal[True]
    reason: Literal["nobody_askable_yet"]
    retry_at: datetime


class CompletedResponse(ResponseModel):
    """The slot is closed: its status is now `expired`."""

    success: Literal[True]
    completed: Literal[True]
    reason: Literal["no_eligible_customers"]


class NextCustomer(RootModel[CustomerAskedResponse | SkippedResponse | RetryLaterResponse | CompletedResponse]):
    """What became of the search for the next customer."""


class FailedItem(ResponseModel):
    """What failed, by its id; the rest was done."""

    id: str
    error: str


class Skipped(ResponseModel):
    """Another run is at it."""

    skipped: Literal[True]
    reason: Literal["locked"]


class SweepCounts(ResponseModel):
    """Offers of open slots whose time was over: found, ended, and slots whose next customer is being asked."""

    total: int
    expired: int
    triggered: int
    errors: list[FailedItem]


class ResolvedCounts(ResponseModel):
    """Appointments that are over."""

    total: int
    settled: int
    voided: int
    errors: list[FailedItem]


class Sweep(RootModel[SweepCounts | Skipped]):
    """What a sweep did."""


class OutcomesResponse(RootModel[ResolvedCounts | Skipped]):
    """What became of appointments that are over."""


class Deleted(ResponseModel):
    """Rows that were kept long enough."""

    deleted: int
    errors: list[FailedItem]


class LetGo(ResponseModel):
    """Bookings whose deposit never came."""

    cancelled: int
    errors: list[FailedItem]


class RemindersSent(ResponseModel):
    """Reminders that were written."""

    sent: int
    errors: list[FailedItem]


class CleanUpSummary(ResponseModel):
    """By kind."""

    stale_bookings: LetGo
    notifications: Deleted
    otp_codes: Deleted
    audit_logs: Deleted


class ReminderSummary(ResponseModel):
    """By kind."""

    booking_reminders: RemindersSent
    payment_reminders: RemindersSent


class CleanedUp(ResponseModel):
    """`success`: nothing failed."""

    success: bool
    timestamp: datetime
    summary: CleanUpSummary


class Reminded(ResponseModel):
    """`success`: nothing failed."""

    success: bool
    timestamp: datetime
    summary: ReminderSummary


class Alive(ResponseModel):
    """The process answers."""

    alive: Literal[True]


class Ready(ResponseModel):
    """It records what is brought. `degraded` names what is missing and makes everything slower."""

    ready: Literal[True]
    degraded: list[str] = []


class NotReady(ResponseModel):
    """`because` names what is missing: nothing can be recorded without it."""

    ready: Literal[False]
    reason: list[str]


class TwilioForm(RootModel[dict[str, Any]]):
    """As Twilio sends it. Recorded whatever it is: a text that is refused is lost."""


class StripeEvent(BaseModel):
    """An event as Stripe sends it; every field is kept. Live events are for production, test events for the rest."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=255)
    object: Literal["event"] = "event"
    type: str = Field(min_length=1, max_length=255)
    livemode: bool = False


class Schema(RootModel[dict[str, Any]]):
    """OpenAPI 3.1."""
