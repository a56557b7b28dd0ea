"""What can come of asking Stripe for something. No exception leaves this package; these values do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.stripe.decline_codes import meaning_of_error


class IntentState(StrEnum):
    """How a payment stands at Stripe, in our words."""

    OPEN = "open"
    """Waits for a card, or for the customer's approval: it can still be cancelled."""
    PROCESSING = "processing"
    """The money may be on its way: neither paid nor cancellable."""
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


# https://docs.stripe.com/payments/paymentintents/lifecycle. A word we don't know may mean money: PROCESSING.
STATES: dict[str, IntentState] = {
    "requires_payment_method": IntentState.OPEN,
    "requires_confirmation": IntentState.OPEN,
    "requires_action": IntentState.OPEN,
    "requires_capture": IntentState.PROCESSING,
    "processing": IntentState.PROCESSING,
    "succeeded": IntentState.SUCCEEDED,
    "canceled": IntentState.CANCELLED,
}


def state_of(word: str) -> IntentState:
    """Our state for Stripe's word."""
    return STATES.get(word, IntentState.PROCESSING)


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent. `amount` in the currency's minor units, `currency` in lower case.

    `client_secret` is for the payment page alone; `failure_code` is the last decline's, for `meaning_of_decline`.
    """

    id: str
    state: IntentState
    amount: int
    currency: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    failure_code: str | None = None
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Later:
    """Not done, or not known to be done: ask again with the same key. `ours_to_fix` asks for an alarm as well.

    `kept`: Stripe keeps this answer for the key and will give it again (a stored 500).
    """

    reason: str
    ours_to_fix: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class StripeRefusal:
    """Stripe will not do it, however often we ask. `meaning` is in words for the shop."""

    code: str
    meaning: str


@dataclass(frozen=True, slots=True)
class NoSuchIntent:
    """Stripe answered, and has no such payment: no money can come of it."""


@dataclass(frozen=True, slots=True)
class IntentCancelled:
    """The payment can no longer succeed."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class AlreadySucceeded:
    """Too late to cancel: the money is there."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class StillProcessing:
    """Neither cancelled nor paid yet: wait, and do not release anything."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money goes back. Until it is not `pending` any more, a `RefundEvent` may still say that it failed."""

    refund_id: str
    amount: int
    pending: bool


def intent_from(stripe_object: Mapping[str, Any]) -> Intent:
    """Reads a PaymentIntent as Stripe's API writes it. Raises KeyError or TypeError when it is none."""
    return Intent(
        id=str(stripe_object["id"]),
        state=state_of(str(stripe_object["status"])),
        amount=int(stripe_object["amount"]),
        currency=str(stripe_object["currency"]).lower(),
        metadata={str(name): str(value) for name, value in (stripe_object.get("metadata") or {}).items()},
        failure_code=failure_code(stripe_object.get("last_payment_error")),
        client_secret=stripe_object.get("client_secret"),
    )


def failure_code(payment_error: Any) -> str | None:
    """The most telling code of a `last_payment_error`."""
    if not isinstance(payment_error, Mapping):
        return None
    code = payment_error.get("decline_code") or payment_error.get("code")
    return str(code) if code else None


def refunded_from(stripe_object: Mapping[str, Any]) -> Refunded | StripeRefusal:
    """Reads a refund as Stripe's API writes it; a failed or cancelled one is a refusal."""
    status = str(stripe_object["status"])
    if status in {"failed", "canceled"}:
        return StripeRefusal(str(stripe_object.get("failure_reason") or status), "The bank did not take the refund.")
    return Refunded(str(stripe_object["id"]), int(stripe_object["amount"]), pending=status != "succeeded")


def refused(code: str | None, decline_code: str | None = None) -> StripeRefusal:
    """A refusal with the words of the tables."""
    return StripeRefusal(decline_code or code or "unknown", meaning_of_error(code, decline_code=decline_code).shop)
