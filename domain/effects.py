"""The effects of a decision.

Each effect is stored together with the decision, as an outbox row, a message or a notification.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.templates import TextKind


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AskNext:
    """Look for the next customer."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Send one text about an offer, a booking or a payment. The kind and the id identify its purpose."""

    kind: TextKind
    customer_id: UUID
    _: KW_ONLY
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    payment_id: UUID | None = None

    @property
    def subject_id(self) -> UUID | None:
        """The offer, appointment or payment id, whichever is set."""
        return self.slot_offer_id or self.appointment_id or self.payment_id


@dataclass(frozen=True, slots=True)
class ReplaceAppointment:
    """Cancel the appointment that was moved, and transfer its paid deposit to the booking that replaces it."""

    appointment_id: UUID
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class OpenRemainingTime:
    """Offer the time that remains of the slot after a shorter appointment was booked. Times are UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """Create a PaymentIntent at Stripe."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Book the time in the connected calendar."""

    appointment_id: UUID


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Cancel the PaymentIntent, so that the payment can no longer succeed."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Refund the payment, once."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NotifyStaff:
    """Notify the shop's staff. A critical notification requires action."""

    kind: str
    text: str
    severity: Severity = Severity.INFO


Effect = (
    AskNext
    | SendText
    | WriteBack
    | ReplaceAppointment
    | OpenRemainingTime
    | CreatePayment
    | CancelPayment
    | RefundPayment
    | NotifyStaff
)
