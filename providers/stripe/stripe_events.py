"""Parses Stripe events.

Events can arrive in any order and repeatedly. Read the intent before any decision about money.

Events: https://docs.stripe.com/api/events/types
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.stripe.stripe_results import IntentState, failure_code, state_of


class IntentChange(StrEnum):
    """The ways in which a payment changes."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """A card was declined. This is not final, because the intent can succeed until it is cancelled."""
    CANCELLED = "cancelled"
    PROCESSING = "processing"


@dataclass(frozen=True, slots=True)
class IntentEvent:
    """A payment changed. `amount` is in minor units. `state`: the state of the intent at the time of the event."""

    event_id: str
    change: IntentChange
    intent_id: str
    state: IntentState | None
    amount: int | None
    currency: str | None
    failure_code: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundEvent:
    """A refund was made or failed. `refund_id` is None in an event about the charge."""

    event_id: str
    intent_id: str
    refund_id: str | None
    amount: int | None
    failed: bool
    metadata: Mapping[str, str] = field(default_factory=dict)


class DisputeStatus(Enum):
    """The state of a dispute: WON by the shop, or LOST to the cardholder."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


# https://docs.stripe.com/api/disputes/object#dispute_object-status. All other statuses are OPEN.
# A closed inquiry took no money. A prevented dispute was refunded.
STANDINGS = {
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "prevented": DisputeStatus.LOST,
}


@dataclass(frozen=True, slots=True)
class DisputeEvent:
    """A dispute was opened, updated or closed. `status`: Stripe's value. `standing`: its meaning.

    `due_by`: the deadline for the shop's answer, or None if the deadline is unknown or has passed.
    """

    event_id: str
    intent_id: str
    dispute_id: str
    amount: int | None
    reason: str
    status: str
    standing: DisputeStatus
    due_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """An event of a type that is not handled."""

    event_id: str
    type: str


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """An event of a handled type that differs from the documentation. Show such an event to the staff, and never drop
    it.
    """

    event_id: str
    type: str
    reason: str


Event = IntentEvent | RefundEvent | DisputeEvent | IgnoredEvent | UnreadableEvent


class _Object(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(min_length=1, max_length=255)
    amount: int | None = Field(None, ge=0)
    currency: str | None = Field(None, pattern=r"^[A-Za-z]{3}$")
    status: str | None = None
    metadata: dict[str, str] | None = None
    last_payment_error: dict[str, Any] | None = None


class _EvidenceDetails(BaseModel):
    due_by: datetime | None = None


class _About(_Object):
    payment_intent: str = Field(min_length=1, max_length=255)
    amount_refunded: int | None = Field(None, ge=0)
    reason: str | None = None
    evidence_details: _EvidenceDetails | None = None


def _intent(change: IntentChange) -> Callable[[str, Any], Event]:
    def read(event_id: str, content: Any) -> Event:
        intent = _Object.model_validate(content)
        return IntentEvent(
            event_id=event_id,
            change=change,
            intent_id=intent.id,
            state=state_of(intent.status) if intent.status else None,
            amount=intent.amount,
            currency=intent.currency.lower() if intent.currency else None,
            failure_code=failure_code(intent.last_payment_error) if change is IntentChange.FAILED else None,
            metadata=intent.metadata or {},
        )

    return read


def _refund(event_id: str, content: Any) -> Event:
    refund = _About.model_validate(content)
    failed = refund.status in {"failed", "canceled"}
    return RefundEvent(event_id, refund.payment_intent, refund.id, refund.amount, failed, refund.metadata or {})


def _refunded_charge(event_id: str, content: Any) -> Event:
    charge = _About.model_validate(content)
    return RefundEvent(event_id, charge.payment_intent, None, charge.amount_refunded, False, charge.metadata or {})


def _dispute(event_id: str, content: Any) -> Event:
    dispute = _About.model_validate(content)
    status = dispute.status or "unknown"
    return DisputeEvent(
        event_id=event_id,
        intent_id=dispute.payment_intent,
        dispute_id=dispute.id,
        amount=dispute.amount,
        reason=dispute.reason or "unknown",
        status=status,
        standing=STANDINGS.get(status, DisputeStatus.OPEN),
        due_by=dispute.evidence_details.due_by if dispute.evidence_details else None,
    )


# The handled types. Subscribe the webhook endpoint at Stripe to exactly these types.
SUBSCRIBED: dict[str, Callable[[str, Any], Event]] = {
    "payment_intent.succeeded": _intent(IntentChange.SUCCEEDED),
    "payment_intent.payment_failed": _intent(IntentChange.FAILED),
    "payment_intent.canceled": _intent(IntentChange.CANCELLED),
    "payment_intent.processing": _intent(IntentChange.PROCESSING),
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refunded": _refunded_charge,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
}


def read_event(payload: Mapping[str, Any]) -> Event:
    """Parses an event from a verified webhook or from `Stripe.list_events`. Never raises."""
    event_id, kind = str(payload.get("id", "")), str(payload.get("type", ""))
    read = SUBSCRIBED.get(kind)
    if read is None:
        return IgnoredEvent(event_id, kind)
    data = payload.get("data")
    try:
        return read(event_id, data.get("object") if isinstance(data, Mapping) else None)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        return UnreadableEvent(event_id, kind, f"{place[0] if place else 'data.object'} is not as documented")
