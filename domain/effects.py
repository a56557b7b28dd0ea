"""What the decisions want done, in the imperative. Each becomes a durable row before anything is done."""

from dataclasses import KW_ONLY, dataclass
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
    """Send one text about an offer, a booking or a payment. The kind and that id are its purpose."""

    kind: TextKind
    customer_id: UUID
    _: KW_ONLY
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    payment_id: UUID | None = None

    @property
    def subject_id(self) -> UUID | None:
        """The id that is set."""
        return self.slot_offer_id or self.appointment_id or self.payment_id


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """Ask the payment company for an intent."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Make sure at the payment company that this payment cannot succeed any more."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Give the money back, once."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class NotifyStaff:
    """Show this to the shop's staff; a critical one needs a human."""

    kind: str
    text: str
    severity: Severity = Severity.INFO


Effect = AskNext | SendText | CreatePayment | CancelPayment | RefundPayment | NotifyStaff
