"""What the decisions want done, in the imperative. Each becomes a durable row before anything is done."""

from dataclasses import dataclass
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
    """One text for one purpose. `about` is the id of what it is about; with the kind it names the purpose."""

    kind: TextKind
    customer_id: UUID
    about: UUID


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
