"""One recovery as the database remembers it, and the stage that follows from it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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


class ReleaseReason(StrEnum):
    """Why a hold is being given up."""

    FAILED = "failed"
    ABANDONED = "abandoned"
    DECLINED = "declined"


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
"""Money can still come: after a card that was declined, another may be tried."""
IN_HAND = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED})
"""The money counts as the shop's: of a dispute, the bank's word is awaited."""
GONE_BACK = frozenset({PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})
PAID = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDING, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})


LINK_FAILED = "The payment link can't be made until the connection to Stripe is mended."
"""`Payment.needs_human` while Stripe refuses us, not the payment: the hold waits, and its deadline does not run."""


class Stage(StrEnum):
    """Where a recovery stands. Never stored: `stage_of` computes it from the columns."""

    LOOKING = "Looking"
    OFFERING = "Offering"
    HOLDING = "Holding"
    RECOVERED = "Recovered"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The time that is sold again. Times are UTC, the deposit is in minor units of the currency."""

    id: UUID
    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    performer_id: UUID | None = None
    deposit_cents: int = 0
    currency: str = "GBP"
    cancelled_at: datetime | None = None
    """When the appointment whose time is sold again was cancelled."""
    freed_at: datetime | None = None
    next_search_at: datetime | None = None
    closed_as: ClosedAs | None = None
    taken: bool = False
    """A live appointment that did not come of this recovery stands at this time."""


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
    ended_as: EndedAs | None = None
    untried: bool = False
    """Its text is written and waits; nobody has tried to hand it to the carrier yet."""

    @property
    def live(self) -> bool:
        return self.status in LIVE_OFFERS

    def over(self, now: datetime) -> bool:
        """The boundary belongs to the deadline: at `expires_at` it is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    id: UUID
    customer_id: UUID
    status: BookingStatus

    @property
    def live(self) -> bool:
        return self.status in LIVE_BOOKINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One deposit. `expires_at`: until when the hold waits for the money."""

    id: UUID
    status: PaymentStatus
    amount_cents: int
    currency: str
    expires_at: datetime | None = None
    failures: int = 0
    releasing: ReleaseReason | None = None
    needs_human: str | None = None
    link_pending: bool = False
    """Stripe was asked for the payment and has not answered, so the customer has no link yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One customer's go at the slot: the offer, and what came of it."""

    offer: Offer | None = None
    booking: Booking | None = None
    payment: Deposit | None = None
    busy: bool = False
    """This customer has another live appointment at this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A slot, the attempt that is under way, and the earlier attempt that an event may be about."""

    slot: Slot
    current: Attempt = field(default_factory=Attempt)
    past: Attempt = field(default_factory=Attempt)


def stage_of(recovery: Recovery) -> Stage:
    """A live booking outweighs the slot's own status: there, somebody's money may be on its way."""
    booking, offer, status = recovery.current.booking, recovery.current.offer, recovery.slot.status
    if booking is not None and booking.live:
        return Stage.RECOVERED if booking.status is BookingStatus.BOOKED else Stage.HOLDING
    if status is SlotStatus.EXPIRED:
        return Stage.CLOSED
    if status is SlotStatus.FILLED:
        return Stage.RECOVERED
    return Stage.OFFERING if offer is not None and offer.live else Stage.LOOKING
