"""What can happen to a recovery, in the past tense. Ids of rows to be made are brought along by the event."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.state import ClosedAs


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """An appointment at the slot's time was cancelled: its first one, the recovered one, or a later one."""


@dataclass(frozen=True, slots=True)
class CustomerChosen:
    """The search found the next customer who may be asked."""

    offer_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class WaitingCustomerChosen:
    """A customer whose YES came too late earlier (the past attempt) is first in line now."""

    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """The search found nobody, now or later. `because` says why, in words for the shop."""

    reason: str
    closed_as: ClosedAs = ClosedAs.NOBODY_LEFT


@dataclass(frozen=True, slots=True)
class NobodyAskableYet:
    """Somebody may be asked from `retry_at` (UTC) on, and the slot can still be sold then."""

    retry_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OfferSent:
    """The carrier took the text: the customer's window opens."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDelayed:
    """The text certainly did not leave; it is tried again at `retry_at` (UTC)."""

    offer_id: UUID
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class OfferUndeliverable:
    """The text cannot reach this customer. `because` says why, in words for the shop."""

    offer_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OfferDeadlinePassed:
    """Somebody looked at the clock; whether the offer's time is really over is judged here."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """A customer said YES to this offer, in time or not."""

    offer_id: UUID
    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """A customer said NO to this offer, or gave up the hold that came of it; None: a hold that came of no offer."""

    offer_id: UUID | None


@dataclass(frozen=True, slots=True)
class CustomerOptedOut:
    """A customer wants no more texts."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentIntentCreated:
    """The payment company is ready to take the deposit."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """Stripe will never make this payment as it was asked for. `because` says why, in words for the shop."""

    payment_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    """The payment company says that it has the money (in the currency's minor units)."""

    payment_id: UUID
    amount_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """A card was declined; the same intent can still succeed until it is cancelled."""

    payment_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class HoldDeadlinePassed:
    """Somebody looked at the clock; whether the hold's time is really over is judged here."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentCancelled:
    """The payment company confirmed that this payment can no longer succeed."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NextAskedByHand:
    """Staff want the next customer asked now."""


@dataclass(frozen=True, slots=True)
class SearchStopped:
    """Staff want nobody asked any more."""


@dataclass(frozen=True, slots=True)
class SoldByHand:
    """The time was sold outside of the recovery."""


@dataclass(frozen=True, slots=True)
class StartedAgain:
    """Staff want a closed slot offered again."""


Event = (
    AppointmentCancelled
    | CustomerChosen
    | WaitingCustomerChosen
    | NobodyLeft
    | NobodyAskableYet
    | OfferSent
    | OfferDelayed
    | OfferUndeliverable
    | OfferDeadlinePassed
    | OfferAccepted
    | OfferDeclined
    | CustomerOptedOut
    | PaymentIntentCreated
    | PaymentRefused
    | PaymentSucceeded
    | PaymentDeclined
    | HoldDeadlinePassed
    | PaymentCancelled
    | NextAskedByHand
    | SearchStopped
    | SoldByHand
    | StartedAgain
)
