"""What is brought to the doors and what they answer, as models: the published schema is made of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Names are written in camelCase outside; nothing is said that isn't listed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Refused(Answer):
    """Every refusal."""

    error: str


class SlotToOffer(Answer):
    """For which slot the next customer is to be asked. Further names are passed over."""

    model_config = ConfigDict(extra="ignore")

    slot_opening_id: UUID


class Received(Answer):
    """The event is recorded."""

    received: Literal[True]


class Cancelled(Answer):
    """It is cancelled, or was before."""

    success: Literal[True]


class Underway(Answer):
    """The job is not done yet; it will be, in any case. The id is that of its row in `pending_tasks`."""

    task_id: UUID


class Asked(Answer):
    """This customer is asked now, or, having said YES too late before, has the slot."""

    success: Literal[True]
    customer_id: UUID
    customer_phone: str | None


class NotAsked(Answer):
    """Nobody need be asked now: `slot_status_filled`, `slot_status_expired` or `offer_outstanding`."""

    success: Literal[True]
    skipped: Literal[True]
    reason: str = Field(pattern="^(slot_status_(filled|expired)|offer_outstanding)$")


class NobodyYet(Answer):
    """Somebody can be asked later; the search is taken up by itself."""

    success: Literal[True]
    skipped: Literal[True]
    reason: Literal["nobody_askable_yet"]
    retry_at: datetime


class NobodyLeft(Answer):
    """The slot is closed: its status is now `expired`."""

    success: Literal[True]
    completed: Literal[True]
    reason: Literal["no_eligible_customers"]


class NextCustomer(RootModel[Asked | NotAsked | NobodyYet | NobodyLeft]):
    """What became of the search for the next customer."""


class Failure(Answer):
    """What failed, by its id; the rest was done."""

    id: str
    error: str


class Skipped(Answer):
    """Another run is at it."""

    skipped: Literal[True]
    reason: Literal["locked"]


class Swept(Answer):
    """Offers of open slots whose time was over: found, ended, and slots whose next customer is being asked."""

    total: int
    expired: int
    triggered: int
    errors: list[Failure]


class Resolved(Answer):
    """Appointments that are over."""

    total: int
    settled: int
    voided: int
    errors: list[Failure]


class Sweep(RootModel[Swept | Skipped]):
    """What a sweep did."""


class Outcomes(RootModel[Resolved | Skipped]):
    """What became of appointments that are over."""


class Deleted(Answer):
    """Rows that were kept long enough."""

    deleted: int
    errors: list[Failure]


class LetGo(Answer):
    """Bookings whose deposit never came."""

    cancelled: int
    errors: list[Failure]


class Sent(Answer):
    """Reminders that were written."""

    sent: int
    errors: list[Failure]


class CleanUpSummary(Answer):
    """By kind."""

    stale_bookings: LetGo
    notifications: Deleted
    otp_codes: Deleted
    audit_logs: Deleted


class ReminderSummary(Answer):
    """By kind."""

    booking_reminders: Sent
    payment_reminders: Sent


class CleanedUp(Answer):
    """`success`: nothing failed."""

    success: bool
    timestamp: datetime
    summary: CleanUpSummary


class Reminded(Answer):
    """`success`: nothing failed."""

    success: bool
    timestamp: datetime
    summary: ReminderSummary


class Alive(Answer):
    """The process answers."""

    alive: Literal[True]


class Ready(Answer):
    """It records what is brought. `degraded` names what is missing and makes everything slower."""

    ready: Literal[True]
    degraded: list[str] = []


class NotReady(Answer):
    """`because` names what is missing: nothing can be recorded without it."""

    ready: Literal[False]
    because: list[str]


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
