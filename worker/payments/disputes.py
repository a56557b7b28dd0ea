"""Disputes about a payment: its row follows what the bank decides, the shop is told; the booking is the shop's."""

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
    """What a dispute's standing makes of the payment, and how the shop is told."""

    was: PaymentStatus
    becomes: PaymentStatus
    kind: str
    said: str
    severity: Severity


TURNS: dict[DisputeStatus, DisputeChange] = {
    DisputeStatus.OPEN: DisputeChange(
        PaymentStatus.SUCCEEDED,
        PaymentStatus.DISPUTED,
        "dispute",
        "A cardholder disputes a payment ({reason}, {status}).",
        Severity.CRITICAL,
    ),
    # Told also where its beginning never reached us: the money is gone either way.
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


def handle(session: Session, payment: FoundPayment, told: DisputeEvent) -> Outcome:
    """Moves the payment and tells the shop, once for each of the bank's words.

    Webhooks come in any order: the beginning of a dispute that is known to be over changes nothing.
    """
    payments.lock(session, payment.id)
    over = told.standing is DisputeStatus.OPEN and webhook_events.dispute_is_over(
        session, intent_id=told.intent_id, dispute_id=told.dispute_id
    )
    if over:
        return {"outcome": "over already", "reason": "The bank has decided this dispute since."}
    turn = TURNS[told.standing]
    payments.move(session, payment.id, turn.becomes, was=(turn.was,))
    reason = turn.said.format(reason=told.reason, status=told.status)
    notify_staff(
        session,
        shop_id=payment.shop_id,
        effect=NotifyStaff(turn.kind, reason, turn.severity),
        slot_opening_id=payment.slot_opening_id,
        dedupe_key=f"dispute:{told.dispute_id}:{told.status}",
    )
    return {"outcome": turn.becomes.value, "reason": reason}
