"""The answers of the job endpoints. A worker creates an answer and stores it with the task. The endpoint returns it.

The published schema contains these models, so the documented JSON equals the JSON that is sent.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, RootModel
from pydantic.alias_generators import to_camel

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat)]
"""A time with its offset, such as `2026-03-01T09:00:00+00:00`."""


class JsonModel(BaseModel):
    """A model whose JSON names are in camelCase. Unknown names are errors."""

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
    """No customer is left, and the status of the slot is now `expired`."""

    success: Literal[True]
    completed: Literal[True]
    reason: Literal["no_eligible_customers"]


SearchAnswer = CustomerAskedResponse | SkippedResponse | RetryLaterResponse | CompletedResponse


SLOT_NOT_FOUND = "not found"
"""The outcome if the slot was deleted after the request. This outcome has no answer."""


class NextCustomer(RootModel[SearchAnswer]):
    """The result of the search for the next customer."""


class FailedItem(JsonModel):
    """A failed item. The other items were processed."""

    id: str
    error: str


class Skipped(JsonModel):
    """Another run is in progress."""

    skipped: Literal[True]
    reason: Literal["locked"]


class NotDue(JsonModel):
    """A nightly job has already run for every time zone in which its hour has passed."""

    skipped: Literal[True]
    reason: Literal["no_zone_due"]


class SweepCounts(JsonModel):
    """The number of ended offers that were found and expired, and of slots for which the next customer is asked."""

    total: int
    expired: int
    triggered: int
    errors: list[FailedItem]


class ResolvedCounts(JsonModel):
    """The number of past appointments that were found, settled and voided."""

    total: int
    settled: int
    voided: int
    errors: list[FailedItem]


class Sweep(RootModel[SweepCounts | Skipped]):
    """The result of a sweep."""


class OutcomesResponse(RootModel[ResolvedCounts | Skipped]):
    """The result for past appointments."""


class Deleted(JsonModel):
    """The rows that were deleted after their retention period."""

    deleted: int
    errors: list[FailedItem]


class LetGo(JsonModel):
    """The bookings that were cancelled because their deposit was never paid."""

    cancelled: int
    errors: list[FailedItem]


class RemindersSent(JsonModel):
    """The reminders that were queued for sending."""

    sent: int
    errors: list[FailedItem]


class CleanUpSummary(JsonModel):
    """The results of the cleanup jobs, by kind."""

    stale_bookings: LetGo
    notifications: Deleted
    otp_codes: Deleted
    audit_logs: Deleted


class ReminderSummary(JsonModel):
    """The results of the reminder jobs, by kind."""

    booking_reminders: RemindersSent
    payment_reminders: RemindersSent


class CleanedUp(JsonModel):
    """The result of all cleanup jobs. `success`: whether no item failed."""

    success: bool
    timestamp: Moment
    summary: CleanUpSummary


class Reminded(JsonModel):
    """The result of all reminder jobs. `success`: whether no item failed."""

    success: bool
    timestamp: Moment
    summary: ReminderSummary


class SingleJobAnswer(BaseModel):
    """The result of a job that belongs to a group but was run by its own task.

    The key for the count depends on the job, such as `deleted_count`.
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
