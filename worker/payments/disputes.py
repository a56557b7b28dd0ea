"""Applies dispute events: updates the payment and notifies the shop. Bookings don't change."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import payments, webhook_events
from db.payments import FoundPayment
from domain.effects import NotifyStaff, Severity
from domain.state import PaymentStatus
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_events import DisputeEvent, DisputeStatus
from worker.task_run import Outcome


@dataclass(frozen=True, slots=True)
class DisputeChange:
    """How the state of a dispute changes the payment, and the notification to the shop."""

    was: PaymentStatus
    becomes: PaymentStatus
    kind: str
    text: str
    severity: Severity


CHANGES: dict[DisputeStatus, DisputeChange] = {
    DisputeStatus.OPEN: DisputeChange(
        PaymentStatus.SUCCEEDED,
        PaymentStatus.DISPUTED,
        "dispute",
        "A cardholder disputes a payment ({reason}, {status}).",
        Severity.CRITICAL,
    ),
    # Also applied if the opening of the dispute was never received.
    DisputeStatus.LOST: DisputeChange(
        PaymentStatus.SUCCEEDED,
        PaymentStatus.DISPUTED,
        "dispute",
        "A dispute is lost ({reason}, {status}): the money goes back to the cardholder.",
        Severity.CRITICAL,
    ),
    DisputeStatus.WON: DisputeChange(
        PaymentStatus.DISPUTED,
        PaymentStatus.SUCCEEDED,
        "dispute_won",
        "A dispute is over ({reason}, {status}): the shop keeps the money.",
        Severity.INFO,
    ),
}


def handle(session: Session, payment: FoundPayment, event: DisputeEvent) -> Outcome:
    """Updates the payment and notifies the shop, once per status of the dispute.

    Webhooks arrive in any order: the opening of a dispute that is already closed changes nothing.
    """
    payments.lock(session, payment.id)
    over = event.standing is DisputeStatus.OPEN and webhook_events.dispute_is_over(
        session, intent_id=event.intent_id, dispute_id=event.dispute_id
    )
    if over:
        return {"outcome": "over already", "reason": "The dispute was closed in the meantime."}
    change = CHANGES[event.standing]
    payments.move(session, payment.id, change.becomes, was=(change.was,))
    reason = change.text.format(reason=event.reason, status=event.status)
    notify_staff(
        session,
        shop_id=payment.shop_id,
        effect=NotifyStaff(change.kind, reason, change.severity),
        slot_opening_id=payment.slot_opening_id,
        dedupe_key=f"dispute:{event.dispute_id}:{event.status}",
    )
    return {"outcome": change.becomes.value, "reason": reason}
