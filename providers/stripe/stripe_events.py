"""What a Stripe event says, read into plain values.

An event is a hint that something changed, in any order, more than once: read the intent before deciding on money.
Events: https://docs.stripe.com/api/events/types
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.stripe.stripe_results import IntentState, failure_code, state_of


class IntentChange(StrEnum):
    """What happened to a payment."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """A card was declined. Not final: the same intent can still succeed until it is cancelled."""
    CANCELLED = "cancelled"
    PROCESSING = "processing"


@dataclass(frozen=True, slots=True)
class IntentEvent:
    """A payment changed. `amount` in minor units; `state` is the intent's at the time of the event."""

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
    """Money went back, or a refund failed afterwards. `refund_id` is unknown where Stripe tells it by the charge."""

    event_id: str
    intent_id: str
    refund_id: str | None
    amount: int | None
    failed: bool
    metadata: Mapping[str, str] = field(default_factory=dict)


class DisputeStatus(Enum):
    """How a dispute stands: WON is for the shop, LOST for the cardholder."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


# https://docs.stripe.com/api/disputes/object#dispute_object-status; all others wait for somebody. An inquiry that is
# closed took no money; a dispute that is prevented gave it back.
STANDINGS = {
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "prevented": DisputeStatus.LOST,
}


@dataclass(frozen=True, slots=True)
class DisputeEvent:
    """A cardholder went to the bank. `status` is Stripe's word, for the shop to read; `standing` is what it means."""

    event_id: str
    intent_id: str
    dispute_id: str
    amount: int | None
    reason: str
    status: str
    standing: DisputeStatus


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """An event of a kind that changes nothing for us."""

    event_id: str
    type: str


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """An event of a kind we act on that is not as documented: show it to a human, never drop it."""

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


class _About(_Object):
    payment_intent: str = Field(min_length=1, max_length=255)
    amount_refunded: int | None = Field(None, ge=0)
    reason: str | None = None


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
    )


# The kinds we hear. The webhook endpoint at Stripe should be subscribed to exactly these.
HEARD: dict[str, Callable[[str, Any], Event]] = {
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
    """Reads what `signature.verify` let through, or what `Stripe.list_events` gave. Never raises."""
    event_id, kind = str(payload.get("id", "")), str(payload.get("type", ""))
    read = HEARD.get(kind)
    if read is None:
        return IgnoredEvent(event_id, kind)
    data = payload.get("data")
    try:
        return read(event_id, data.get("object") if isinstance(data, Mapping) else None)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        return UnreadableEvent(event_id, kind, f"{place[0] if place else 'data.object'} is not as documented")
