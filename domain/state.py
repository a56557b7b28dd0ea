"""The state of one recovery, as read from the database, and the stage computed from it."""

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
    """Why a hold is being released."""

    FAILED = "failed"
    ABANDONED = "abandoned"
    DECLINED = "declined"
    TAKEN = "taken"


class ClosedAs(StrEnum):
    """Why a slot is no longer offered."""

    NOBODY_LEFT = "nobody_left"
    TOO_NEAR = "too_near"
    STOPPED = "stopped"
    SOLD_BY_HAND = "sold_by_hand"
    CANNOT_CHARGE = "cannot_charge"


class EndedAs(StrEnum):
    """Why an offer ended, where its status alone does not say."""

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
"""These payments can still succeed: after a declined card, the customer may try another one."""
IN_HAND = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED})
"""The shop has the money. This includes a disputed payment until the bank decides."""
GONE_BACK = frozenset({PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})
PAID = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})


LINK_FAILED = "The payment link can't be made until the connection to Stripe is mended."
"""`Deposit.needs_human` while Stripe rejects our credentials: the hold stays and its deadline does not run."""


class Stage(StrEnum):
    """The stage of a recovery. Never stored: `stage_of` computes it from the columns."""

    LOOKING = "Looking"
    OFFERING = "Offering"
    HOLDING = "Holding"
    RECOVERED = "Recovered"
    CLOSED = "Closed"


RUNNING = frozenset({Stage.LOOKING, Stage.OFFERING, Stage.HOLDING})
"""The stages of a recovery that is neither sold nor closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The appointment time that is sold again. Times are UTC; the deposit is in minor units of `currency`."""

    id: UUID
    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    performer_id: UUID | None = None
    deposit_cents: int = 0
    currency: str = "GBP"
    cancelled_at: datetime | None = None
    """When the source appointment was cancelled."""
    freed_at: datetime | None = None
    next_search_at: datetime | None = None
    closed_as: ClosedAs | None = None
    taken: bool = False
    """A live appointment from outside this recovery occupies this time."""
    shortest_service: timedelta | None = None
    """The shortest active service of the performer, if the shop sells what is left of a slot."""
    write_back: bool = False
    """Whether the time belongs to a connected calendar, in which a YES is booked before a deposit is requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The later appointment of the customer that a YES moves to the slot.

    `starts_at`: its start as stated in the offer.
    """

    appointment_id: UUID
    starts_at: datetime
    standing: bool = True
    """Whether it is still booked for that time."""
    live: bool = True
    """Whether it is booked, for that time or another one."""
    unpaid: bool = False
    """Its deposit was not paid, so the slot's is asked for."""


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
    """How long the customer has to reply once the text is sent; None: the shop's window (offers inserted by SQL)."""
    ended_as: EndedAs | None = None
    untried: bool = False
    """Whether the text is queued and no attempt to send it has been made."""
    move: Move | None = None
    """Set if a YES moves the customer's later appointment instead of adding one."""
    books_until: datetime | None = None
    """The end of the offered appointment: that of the slot, or earlier. None for offers inserted by SQL."""
    service_id: UUID | None = None
    """The service that the customer waits for, if the slot's is unknown."""
    channel: Channel = Channel.SMS
    """The channel of the offer and of all texts about it."""

    @property
    def live(self) -> bool:
        return self.status in LIVE_OFFERS

    def over(self, now: datetime) -> bool:
        """Whether the window has ended. It ends exactly at `expires_at`."""
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
    """The deposit of one booking. At `expires_at` the hold ends unless the deposit is paid."""

    id: UUID
    status: PaymentStatus
    amount_cents: int
    currency: str
    expires_at: datetime | None = None
    failures: int = 0
    releasing: ReleaseReason | None = None
    needs_human: str | None = None
    link_pending: bool = False
    """The PaymentIntent has been requested but not created, so the customer has no payment link yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An offer to one customer with the booking and the deposit that followed from it."""

    offer: Offer | None = None
    booking: Booking | None = None
    payment: Deposit | None = None
    busy: bool = False
    """This customer has another live appointment at this time or, in a past attempt, has opted out since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A slot, the current attempt to sell it, and the earlier attempt that an event refers to, if any."""

    slot: Slot
    current: Attempt = field(default_factory=Attempt)
    past: Attempt = field(default_factory=Attempt)


def stage_of(recovery: Recovery) -> Stage:
    """Returns the stage.

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
