"""Refunds payments once, because every attempt uses the same idempotency key."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import audit
from db.money import payments
from db.money.payments import FoundPayment
from domain.effects import NotifyStaff, Severity
from domain.money import to_stripe
from domain.state import PaymentStatus
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_results import Later, Refunded, StripeRefusal
from worker.task_run import Outcome, TaskRun, task


@task("refund_payment")
def refund(run: TaskRun, payment_id: UUID) -> Outcome:
    """Refunds a payment that arrived too late, once. Notifies the staff if Stripe refuses."""
    with run.transaction() as session:
        payment = payments.find(session, payment_id)
    if payment is None or payment.status is not PaymentStatus.REFUNDING or payment.intent_id is None:
        return {"outcome": "nothing to refund"}
    answer = run.dependencies.stripe.refund(
        payment.intent_id, to_stripe(payment.amount_cents, payment.currency), f"refund:{payment.id}"
    )
    if isinstance(answer, Refunded):
        return _refunded(run, payment, answer)
    if isinstance(answer, StripeRefusal):
        return _refused(run, payment, answer)
    return _later(run, payment, answer)


def _refunded(run: TaskRun, payment: FoundPayment, answer: Refunded) -> Outcome:
    with run.transaction() as session:
        payments.note_refund(session, payment.id, answer.refund_id)
        # The webhook about the refund may have been processed first.
        if payments.move(session, payment.id, PaymentStatus.REFUNDED, was=(PaymentStatus.REFUNDING,)):
            audit.note(
                session,
                event="PaymentRefunded",
                reason="The payment was refunded in full.",
                shop_id=payment.shop_id,
                appointment_id=payment.appointment_id,
                slot_opening_id=payment.slot_opening_id,
            )
        return run.settle(session, {"outcome": "refunded", "refund": answer.refund_id})


def _refused(run: TaskRun, payment: FoundPayment, answer: StripeRefusal) -> Outcome:
    why = f"A refund failed: {answer.meaning}"
    with run.transaction() as session:
        payments.needs_human(session, payment.id, why)
        _alert(session, payment, why)
        return run.settle(session, {"outcome": "refused", "reason": why})


def _later(run: TaskRun, payment: FoundPayment, answer: Later) -> Outcome:
    with run.transaction() as session:
        if answer.ours_to_fix:
            _alert(session, payment, f"A refund is delayed: {answer.reason}")
        return run.retry_when_available(session, reason=answer.reason)


def _alert(session: Session, payment: FoundPayment, why: str) -> None:
    notification = NotifyStaff("needs_human", why, Severity.CRITICAL)
    notify_staff(
        session,
        shop_id=payment.shop_id,
        effect=notification,
        slot_opening_id=payment.slot_opening_id,
        appointment_id=payment.appointment_id,
        dedupe_key=f"refund:{payment.id}",
    )
