"""The events of a recovery. If the rule for an event can create rows, the event contains the ids of these rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.channels import Channel
from domain.state import ClosedAs, Move


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """An appointment at the slot's time was cancelled or moved: the source appointment, the recovered booking or
    another appointment.
    """

    moved: bool = False


@dataclass(frozen=True, slots=True)
class CustomerChosen:
    """The search found the next eligible customer. `move` is the customer's later appointment, if a YES moves it.

    `length` is the length of the appointment, or None for the whole slot. `service_id` is the service that the
    customer waits for. `channel` is the channel of the offer. `picked`: whether staff chose the customer.
    """

    offer_id: UUID
    customer_id: UUID
    move: Move | None = None
    length: timedelta | None = None
    service_id: UUID | None = None
    channel: Channel = Channel.SMS
    picked: bool = False


@dataclass(frozen=True, slots=True)
class WaitingCustomerChosen:
    """The search chose a customer whose YES to an earlier offer came too late."""

    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """The search found no customer who can be asked, now or later. `reason` is a sentence for the shop."""

    reason: str
    closed_as: ClosedAs = ClosedAs.NOBODY_LEFT


@dataclass(frozen=True, slots=True)
class NobodyAskableYet:
    """No customer is eligible now, but one becomes eligible at `retry_at` (UTC), early enough to be asked."""

    retry_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OfferSent:
    """The carrier accepted the text."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDelayed:
    """The text was certainly not sent. Sending is retried at `retry_at` (UTC)."""

    offer_id: UUID
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class OfferUndeliverable:
    """The text cannot reach this customer. `reason` is a sentence for the shop."""

    offer_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OfferDeadlinePassed:
    """A sweep found that the offer's deadline has passed. The rule checks the deadline again."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """A customer replied YES to this offer, in time or late."""

    offer_id: UUID
    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """A customer replied NO to this offer, or the hold that followed was given up.

    `offer_id` is None for a hold without an offer. `reason` is a sentence for the shop if someone other than the
    customer cancelled the hold.
    """

    offer_id: UUID | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CustomerOptedOut:
    """A customer opted out of texts."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentIntentCreated:
    """Stripe created the PaymentIntent for the deposit."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """Stripe permanently refused to create this payment. `reason` is a sentence for the shop."""

    payment_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    """Stripe reported the payment as succeeded. `amount_cents` is in minor units."""

    payment_id: UUID
    amount_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """A card was declined. The PaymentIntent can still succeed until it is cancelled."""

    payment_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class HoldDeadlinePassed:
    """A sweep found that the hold's deadline has passed. The rule checks the deadline again."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentCancelled:
    """Stripe confirmed that this payment can no longer succeed."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class BookingWrittenBack:
    """The booking that followed a YES was written to the connected calendar."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class TimeTakenInCalendar:
    """The time of this booking is taken in the connected calendar."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class NextAskedByHand:
    """Staff requested that the next customer be asked now."""


@dataclass(frozen=True, slots=True)
class SearchStopped:
    """Staff stopped the search, or the time must not be sold. `reason` is a sentence for the shop."""

    reason: str = "The search was stopped."


@dataclass(frozen=True, slots=True)
class SoldByHand:
    """Staff marked the time as filled outside the recovery."""


@dataclass(frozen=True, slots=True)
class StartedAgain:
    """Staff restarted the search for a closed slot."""


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
    | BookingWrittenBack
    | TimeTakenInCalendar
    | NextAskedByHand
    | SearchStopped
    | SoldByHand
    | StartedAgain
)
