"""The results of calls to Stripe. The client returns these instead of raising exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from providers.stripe.decline_codes import REFUND_CODES, meaning_of_error


class IntentState(StrEnum):
    """The state of a PaymentIntent."""

    OPEN = "open"
    """The payment waits for a card or for the customer's approval, and can still be cancelled."""
    PROCESSING = "processing"
    """The payment has not succeeded and can't be cancelled, but may still succeed."""
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


# https://docs.stripe.com/payments/paymentintents/lifecycle.
# An unknown status may mean that the customer has paid, so it is treated as PROCESSING.
STATES: dict[str, IntentState] = {
    "requires_payment_method": IntentState.OPEN,
    "requires_confirmation": IntentState.OPEN,
    "requires_action": IntentState.OPEN,
    "requires_capture": IntentState.PROCESSING,
    "processing": IntentState.PROCESSING,
    "succeeded": IntentState.SUCCEEDED,
    "canceled": IntentState.CANCELLED,
}


def state_of(status: str) -> IntentState:
    """Maps Stripe's status to a state."""
    return STATES.get(status, IntentState.PROCESSING)


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent. `amount` is in the currency's minor units. `currency` is in lower case.

    `client_secret` is only for the payment page. `failure_code` is the code of the last decline. `amount_refunded` is
    0 unless the intent was read together with its latest charge.
    """

    id: str
    state: IntentState
    amount: int
    currency: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    amount_refunded: int = 0
    failure_code: str | None = None
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Later:
    """The call failed or its outcome is unknown. Retry with the same key.

    `ours_to_fix`: whether the configuration is wrong and an alert is needed too. `kept`: whether Stripe will return
    this response (a 500) again for the same key.
    """

    reason: str
    ours_to_fix: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class StripeRefusal:
    """Stripe refuses permanently. `meaning`: the explanation for the shop."""

    code: str
    meaning: str


@dataclass(frozen=True, slots=True)
class NoSuchIntent:
    """The payment does not exist at Stripe and cannot succeed."""


@dataclass(frozen=True, slots=True)
class IntentCancelled:
    """The payment can no longer succeed."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class AlreadySucceeded:
    """The payment has succeeded and can no longer be cancelled."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class StillProcessing:
    """The payment is neither cancelled nor paid. Wait, and do not release the slot."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Refunded:
    """The refund was made. If a `pending` refund fails later, a `RefundEvent` reports it."""

    refund_id: str
    amount: int
    pending: bool


def intent_from(stripe_object: Mapping[str, Any]) -> Intent:
    """Parses a PaymentIntent from Stripe's API. Raises KeyError, TypeError or ValueError if it is malformed."""
    return Intent(
        id=str(stripe_object["id"]),
        state=state_of(str(stripe_object["status"])),
        amount=int(stripe_object["amount"]),
        currency=str(stripe_object["currency"]).lower(),
        metadata={str(name): str(value) for name, value in (stripe_object.get("metadata") or {}).items()},
        amount_refunded=_amount_refunded(stripe_object.get("latest_charge")),
        failure_code=failure_code(stripe_object.get("last_payment_error")),
        client_secret=stripe_object.get("client_secret"),
    )


def _amount_refunded(charge: Any) -> int:
    """Returns the refunded amount of the latest charge, or 0 if the charge is only an id."""
    return int(charge.get("amount_refunded", 0)) if isinstance(charge, Mapping) else 0


def failure_code(payment_error: Any) -> str | None:
    """Returns the most specific code in a `last_payment_error`."""
    if not isinstance(payment_error, Mapping):
        return None
    code = payment_error.get("decline_code") or payment_error.get("code")
    return str(code) if code else None


def refunded_from(stripe_object: Mapping[str, Any]) -> Refunded | StripeRefusal:
    """Parses a refund from Stripe's API. A failed or cancelled refund is a refusal."""
    status = str(stripe_object["status"])
    if status in {"failed", "canceled"}:
        return StripeRefusal(str(stripe_object.get("failure_reason") or status), "The bank rejected the refund.")
    return Refunded(str(stripe_object["id"]), int(stripe_object["amount"]), pending=status != "succeeded")


def refused(code: str | None, decline_code: str | None = None) -> StripeRefusal:
    """Returns a refusal with its meaning from the tables."""
    return StripeRefusal(decline_code or code or "unknown", meaning_of_error(code, decline_code=decline_code).shop)


def of_a_refund(refusal: StripeRefusal) -> StripeRefusal:
    """Returns the refusal with the meaning that its code has for a refund."""
    return replace(refusal, meaning=REFUND_CODES.get(refusal.code, refusal.meaning))
