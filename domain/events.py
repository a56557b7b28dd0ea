"""The events that a recovery handles. An event contains the ids of the rows that its rule may create."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.channels import Channel
from domain.state import ClosedAs, Move


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """An appointment at the slot's time was cancelled or moved: the source, the recovered booking or a later one."""

    moved: bool = False


@dataclass(frozen=True, slots=True)
class CustomerChosen:
    """The search found the next eligible customer. `move`: their later appointment, if a YES moves it.

    `length`: the length of their appointment, None for the whole slot. `service_id`: the service that they wait for.
    `channel`: the channel of the offer. `picked`: whether staff chose them.
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
    """A customer whose earlier YES (the past attempt) was too late is next."""

    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """The search found no customer who can be asked now or later. `reason` is a sentence for the shop."""

    reason: str
    closed_as: ClosedAs = ClosedAs.NOBODY_LEFT


@dataclass(frozen=True, slots=True)
class NobodyAskableYet:
    """A customer becomes eligible at `retry_at` (UTC), while the slot can still be sold."""

    retry_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OfferSent:
    """The carrier accepted the text."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDelayed:
    """The text was certainly not sent; sending is retried at `retry_at` (UTC)."""

    offer_id: UUID
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class OfferUndeliverable:
    """The text cannot reach this customer. `reason` is a sentence for the shop."""

    offer_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OfferDeadlinePassed:
    """A sweep found that the offer's deadline has passed. The rule compares the deadline with the clock again."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """A customer replied YES to this offer, in time or too late."""

    offer_id: UUID
    booking_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """A customer replied NO to this offer, or gave up the hold that followed. `offer_id` is None for a hold without
    an offer.

    `reason`: a sentence for the shop if somebody else cancelled the hold.
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
    """A card was declined. The same PaymentIntent can still succeed until it is cancelled."""

    payment_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class HoldDeadlinePassed:
    """A sweep found that the hold's deadline has passed. The rule compares the deadline with the clock again."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentCancelled:
    """Stripe confirmed that this payment can no longer succeed."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class BookingWrittenBack:
    """The booking of a YES is in the connected calendar."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class TimeTakenInCalendar:
    """The connected calendar has sold the time of this booking to somebody else."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class NextAskedByHand:
    """Staff requested that the next customer is asked now."""


@dataclass(frozen=True, slots=True)
class SearchStopped:
    """Staff stopped the search, or the time must not be sold, for this `reason` (a sentence for the shop)."""

    reason: str = "The search was stopped."


@dataclass(frozen=True, slots=True)
class SoldByHand:
    """Staff marked the time as filled outside of the recovery."""


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
