"""The answers of the job endpoints. A worker creates the answer and stores it with the task; the endpoint sends it.

The published schema contains these models, so that the documented and the sent JSON are the same.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, RootModel
from pydantic.alias_generators import to_camel

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat)]
"""A time with its offset, such as `2026-03-01T09:00:00+00:00`."""


class JsonModel(BaseModel):
    """JSON names are in camelCase. Unknown names are an error."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class CustomerAskedResponse(JsonModel):
    """The slot is offered to this customer, or booked for a customer whose earlier YES came too late."""

    success: Literal[True]
    customer_id: UUID
    customer_phone: str | None


class SkippedResponse(JsonModel):
    """No offer is needed now: `slot_status_filled`, `slot_status_expired` or `offer_outstanding`."""

    success: Literal[True]
    skipped: Literal[True]
    reason: str = Field(pattern="^(slot_status_(filled|expired)|offer_outstanding)$")


class RetryLaterResponse(JsonModel):
    """No customer can be asked before `retryAt`. The search then continues automatically."""

    success: Literal[True]
    skipped: Literal[True]
    reason: Literal["nobody_askable_yet"]
    retry_at: Moment


class CompletedResponse(JsonModel):
    """No customer is left. The status of the slot is now `expired`."""

    success: Literal[True]
    completed: Literal[True]
    reason: Literal["no_eligible_customers"]


SearchAnswer = CustomerAskedResponse | SkippedResponse | RetryLaterResponse | CompletedResponse


SLOT_NOT_FOUND = "not found"
"""The outcome of a search for a slot that was deleted after the request. It has no answer."""


class NextCustomer(RootModel[SearchAnswer]):
    """The result of the search for the next customer."""


class FailedItem(JsonModel):
    """An item that failed. The others were processed."""

    id: str
    error: str


class Skipped(JsonModel):
    """Another run is in progress."""

    skipped: Literal[True]
    reason: Literal["locked"]


class NotDue(JsonModel):
    """A nightly job has run for every time zone in which its hour has passed."""

    skipped: Literal[True]
    reason: Literal["no_zone_due"]


class SweepCounts(JsonModel):
    """Offers of open slots whose window has ended: found, expired, and slots for which the next customer is asked."""

    total: int
    expired: int
    triggered: int
    errors: list[FailedItem]


class ResolvedCounts(JsonModel):
    """Past appointments: found, settled and voided."""

    total: int
    settled: int
    voided: int
    errors: list[FailedItem]


class Sweep(RootModel[SweepCounts | Skipped]):
    """The result of a sweep."""


class OutcomesResponse(RootModel[ResolvedCounts | Skipped]):
    """The result for past appointments."""


class Deleted(JsonModel):
    """Rows deleted after their retention period."""

    deleted: int
    errors: list[FailedItem]


class LetGo(JsonModel):
    """Bookings cancelled because the deposit never arrived."""

    cancelled: int
    errors: list[FailedItem]


class RemindersSent(JsonModel):
    """Reminders queued for sending."""

    sent: int
    errors: list[FailedItem]


class CleanUpSummary(JsonModel):
    """Results by kind."""

    stale_bookings: LetGo
    notifications: Deleted
    otp_codes: Deleted
    audit_logs: Deleted


class ReminderSummary(JsonModel):
    """Results by kind."""

    booking_reminders: RemindersSent
    payment_reminders: RemindersSent


class CleanedUp(JsonModel):
    """`success`: whether nothing failed."""

    success: bool
    timestamp: Moment
    summary: CleanUpSummary


class Reminded(JsonModel):
    """`success`: whether nothing failed."""

    success: bool
    timestamp: Moment
    summary: ReminderSummary


class SingleJobAnswer(BaseModel):
    """The result of one job of a group, run by its own task. The key of the count depends on the job:
    `deleted_count`, for example.
    """

    model_config = ConfigDict(extra="allow")

    success: bool
    errors: list[FailedItem]


JobAnswer = SearchAnswer | SweepCounts | ResolvedCounts | CleanedUp | Reminded | SingleJobAnswer | Skipped | NotDue


def has_errors(answer: JobAnswer) -> bool:
    """Whether an item failed."""
    if isinstance(answer, CleanedUp | Reminded | SingleJobAnswer):
        return not answer.success
    return isinstance(answer, SweepCounts | ResolvedCounts) and bool(answer.errors)
