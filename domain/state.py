"""The state of a recovery, as read from the database, and the stage that is computed from it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.channels import Channel


class SlotStatus(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    EXPIRED = "expired"


class OfferStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    DECLINED = "declined"
    FAILED = "failed"


class BookingStatus(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    SETTLED = "settled"
    VOIDED = "voided"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ReleaseReason(StrEnum):
    """The reasons why a hold is released."""

    FAILED = "failed"
    ABANDONED = "abandoned"
    DECLINED = "declined"
    TAKEN = "taken"


class ClosedAs(StrEnum):
    """The reasons why a slot is no longer offered."""

    NOBODY_LEFT = "nobody_left"
    TOO_NEAR = "too_near"
    STOPPED = "stopped"
    SOLD_BY_HAND = "sold_by_hand"
    CANNOT_CHARGE = "cannot_charge"


class EndedAs(StrEnum):
    """The reasons why an offer ended, for offers whose status does not show the reason."""

    CARD_DECLINED = "card_declined"
    NOT_PAID = "not_paid"
    GIVEN_UP = "given_up"
    CANNOT_CHARGE = "cannot_charge"
    OPTED_OUT = "opted_out"
    STAFF = "staff"


LIVE_OFFERS = frozenset({OfferStatus.PENDING, OfferStatus.SENT})
LIVE_BOOKINGS = frozenset({BookingStatus.PENDING_PAYMENT, BookingStatus.BOOKED})
UNDECIDED = frozenset({PaymentStatus.PENDING, PaymentStatus.PROCESSING})
OPEN_PAYMENTS = UNDECIDED | {PaymentStatus.FAILED}
"""The statuses of payments that can still succeed. After a declined card, the customer may try another card."""
IN_HAND = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED})
"""The statuses in which the shop has the money. The shop has a disputed payment until the bank decides."""
GONE_BACK = frozenset({PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})
PAID = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})


LINK_FAILED = "The payment link can't be made until the connection to Stripe is restored."
"""The value of `Deposit.needs_human` while Stripe rejects the API key. The hold is then kept after its deadline."""


class Stage(StrEnum):
    """The stage of a recovery. It is never stored, because `stage_of` computes it from the columns."""

    LOOKING = "Looking"
    OFFERING = "Offering"
    HOLDING = "Holding"
    RECOVERED = "Recovered"
    CLOSED = "Closed"


RUNNING = frozenset({Stage.LOOKING, Stage.OFFERING, Stage.HOLDING})
"""The stages of a recovery whose slot is neither sold nor closed."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in minor units of `currency`."""

    cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The appointment time that is resold. Times are UTC.

    The deposit, in minor units of `currency`, applies to new offers. Existing offers keep theirs.
    """

    id: UUID
    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    performer_id: UUID | None = None
    deposit_cents: int = 0
    currency: str = "GBP"
    cancelled_at: datetime | None = None
    """The time at which the source appointment was cancelled."""
    freed_at: datetime | None = None
    next_search_at: datetime | None = None
    closed_as: ClosedAs | None = None
    taken: bool = False
    """Whether a live appointment that this recovery did not make occupies the time."""
    shortest_service: timedelta | None = None
    """The length of the performer's shortest active service, if the shop sells the remaining time of slots."""
    write_back: bool = False
    """Whether the time belongs to a connected calendar.

    A YES is then booked in the calendar before a deposit is requested.
    """

    @property
    def deposit(self) -> Amount:
        return Amount(self.deposit_cents, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The customer's later appointment, which a YES moves to the slot.

    `starts_at` is the start of the appointment that the offer stated.
    """

    appointment_id: UUID
    starts_at: datetime
    standing: bool = True
    """Whether the appointment is still booked for that time."""
    live: bool = True
    """Whether the appointment is booked, for that time or another time."""
    unpaid: bool = False
    """Whether the appointment's deposit was not paid. The slot's deposit is then requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    id: UUID
    customer_id: UUID
    status: OfferStatus
    expires_at: datetime | None = None
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    late_yes_at: datetime | None = None
    window: timedelta | None = None
    """The time to reply after the text is sent. None means the shop's window, for offers that SQL inserted."""
    ended_as: EndedAs | None = None
    untried: bool = False
    """Whether the text is queued and no attempt has been made to send it."""
    move: Move | None = None
    """The appointment that a YES moves, or None if a YES books an additional appointment."""
    books_until: datetime | None = None
    """The end of the offered appointment: the end of the slot, or earlier. None for offers that SQL inserted."""
    service_id: UUID | None = None
    """The service that the customer waits for, if the slot's service is unknown."""
    channel: Channel = Channel.SMS
    """The channel of the offer and of all texts about it."""
    deposit: Amount | None = None
    """The deposit that the offer states. None means the slot's current deposit, for offers that SQL inserted."""

    @property
    def live(self) -> bool:
        return self.status in LIVE_OFFERS

    def over(self, now: datetime) -> bool:
        """Whether the window has ended. The window ends exactly at `expires_at`."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    id: UUID
    customer_id: UUID
    status: BookingStatus
    ends_at: datetime | None = None
    moved_from: UUID | None = None
    """The appointment that this booking replaces."""

    @property
    def live(self) -> bool:
        return self.status in LIVE_BOOKINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """The deposit of one booking. If it is not paid by `expires_at`, the hold ends."""

    id: UUID
    status: PaymentStatus
    amount_cents: int
    currency: str
    expires_at: datetime | None = None
    failures: int = 0
    releasing: ReleaseReason | None = None
    needs_human: str | None = None
    link_pending: bool = False
    """Whether the PaymentIntent has been requested but not created yet.

    The customer has no payment link until then.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An offer to one customer, with the booking and the deposit that resulted from it."""

    offer: Offer | None = None
    booking: Booking | None = None
    payment: Deposit | None = None
    busy: bool = False
    """Whether the customer has another live appointment at this time or, if this is a past attempt, has since opted
    out or been erased.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A slot, the current attempt to sell it, and the past attempt that an event refers to, if any."""

    slot: Slot
    current: Attempt = field(default_factory=Attempt)
    past: Attempt = field(default_factory=Attempt)


def deposit_for(slot: Slot, offer: Offer | None) -> Amount:
    """Returns the deposit that the offer states, or else the slot's current deposit."""
    return (offer and offer.deposit) or slot.deposit


def stage_of(recovery: Recovery) -> Stage:
    """Returns the stage of the recovery.

    A live booking takes precedence over the slot's status, because its payment may be in progress.
    """
    booking, offer, status = recovery.current.booking, recovery.current.offer, recovery.slot.status
    if booking is not None and booking.live:
        return Stage.RECOVERED if booking.status is BookingStatus.BOOKED else Stage.HOLDING
    if status is SlotStatus.EXPIRED:
        return Stage.CLOSED
    if status is SlotStatus.FILLED:
        return Stage.RECOVERED
    return Stage.OFFERING if offer is not None and offer.live else Stage.LOOKING
