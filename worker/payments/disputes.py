"""Applies dispute events: updates the payment and notifies the shop, without changing bookings."""

from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.orm import Session

from db.money import payments, refunds
from db.money.payments import FoundPayment, PaymentSubject
from db.webhooks import webhook_events
from domain.effects import NotifyStaff, Severity
from domain.money import format_amount
from domain.state import PaymentStatus
from domain.time_zones import zone_named
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_events import DisputeEvent, DisputeStatus
from worker.task_run import Outcome


@dataclass(frozen=True, slots=True)
class DisputeChange:
    """The effect of a dispute's state on the payment, and the notification to the shop."""

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
        "{payment} is disputed ({reason}).{deadline}",
        Severity.CRITICAL,
    ),
    # This also applies if the event about the opening of the dispute was never received.
    DisputeStatus.LOST: DisputeChange(
        PaymentStatus.SUCCEEDED,
        PaymentStatus.DISPUTED,
        "dispute",
        "{payment} was disputed, and the dispute is lost ({reason}): the money is returned to the cardholder.",
        Severity.CRITICAL,
    ),
    DisputeStatus.WON: DisputeChange(
        PaymentStatus.DISPUTED,
        PaymentStatus.SUCCEEDED,
        "dispute_won",
        "{payment} was disputed, and the dispute is over ({reason}): the shop keeps the money.",
        Severity.INFO,
    ),
}

# A bank inquiry ends without a loss if the shop refunds the payment.
REFUNDED_MEANWHILE = replace(
    CHANGES[DisputeStatus.WON],
    becomes=PaymentStatus.REFUNDED,
    text="{payment} was disputed, and the dispute is over ({reason}): the payment was refunded in the meantime.",
)


def handle(session: Session, payment: FoundPayment, event: DisputeEvent) -> Outcome:
    """Updates the payment and notifies the shop, once for each status of the dispute.

    Webhooks can arrive in any order, so the opening of a dispute that is already closed changes nothing.
    """
    payments.lock(session, payment.id)
    over = event.standing is DisputeStatus.OPEN and webhook_events.dispute_is_over(
        session, intent_id=event.intent_id, dispute_id=event.dispute_id
    )
    if over:
        return {"outcome": "over already", "reason": "The dispute was closed in the meantime."}
    change = CHANGES[event.standing]
    if event.standing is DisputeStatus.WON and refunds.is_refunded_in_full(session, payment.id):
        change = REFUNDED_MEANWHILE
    payments.move(session, payment.id, change.becomes, was=(change.was,))
    subject = payments.subject(session, payment.id)
    sentence = partial(_sentence, change, payment, event, subject)
    # Only the notification contains the customer's name. When the customer is erased, the name is removed from the
    # notification.
    reason = sentence()
    notify_staff(
        session,
        shop_id=payment.shop_id,
        effect=NotifyStaff(change.kind, sentence(by=f" by {subject.customer or 'a customer'}"), change.severity),
        reason=reason,
        slot_opening_id=payment.slot_opening_id,
        appointment_id=payment.appointment_id,
        dedupe_key=f"dispute:{event.dispute_id}:{event.status}",
    )
    return {"outcome": change.becomes.value, "reason": reason}


def _sentence(
    change: DisputeChange, payment: FoundPayment, event: DisputeEvent, subject: PaymentSubject, *, by: str = ""
) -> str:
    """Returns text such as "The payment of £20 by Ana for 30 November, 10:00 is disputed", in the shop's zone."""
    local = subject.starts_at.astimezone(zone_named(subject.timezone))
    amount = format_amount(payment.amount_cents, payment.currency, subject.locale)
    return change.text.format(
        payment=f"The payment of {amount}{by} for {local:%-d %B, %H:%M}",
        reason=event.reason.replace("_", " "),
        deadline=_deadline(event),
    )


def _deadline(event: DisputeEvent) -> str:
    return f" Answer at Stripe by {event.due_by:%-d %B}." if event.due_by else " Answer at Stripe."
