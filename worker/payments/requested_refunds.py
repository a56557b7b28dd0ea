"""Makes the full and partial refunds that staff request, and records the refunds that Stripe reports."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import audit
from db.money import payments, refunds
from db.money.payments import FoundPayment
from db.money.refunds import FoundRefund
from domain.effects import NotifyStaff, Severity
from domain.money import format_amount, to_stripe
from domain.state import PaymentStatus, RefundStatus
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_results import Later, StripeRefusal
from worker.task_run import Outcome, TaskRun, task

REFUNDABLE = (PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED)
"""The statuses in which a full refund ends a payment. A shop refunds a payment to end the inquiry of a bank."""

RETURNED = (PaymentStatus.REFUNDING, PaymentStatus.REFUNDED)
"""The statuses of a payment that was refunded in full. If its refund fails, the shop has the money again."""

PURPOSE = "refund:"
"""The prefix of the refund's id in the idempotency key. Stripe's metadata also contains this key."""


@task("send_refund")
def send(run: TaskRun, refund_id: UUID) -> Outcome:
    """Makes a refund that staff requested.

    The refund is made once, because every attempt uses the same idempotency key and first looks for an earlier
    refund.
    """
    with run.transaction() as session:
        wanted = refunds.find(session, refund_id)
    if wanted is None or wanted.status != RefundStatus.REQUESTED or wanted.intent_id is None:
        return _without_payment(run, wanted)
    amount = to_stripe(wanted.amount_cents, wanted.currency)
    answer = run.dependencies.stripe.refund(wanted.intent_id, amount, f"{PURPOSE}{wanted.id}")
    with run.transaction() as session:
        if isinstance(answer, Later):
            if answer.ours_to_fix:
                _alert(session, wanted, f"A refund is delayed: {answer.reason}")
            return run.retry_when_available(session, reason=answer.reason)
        if isinstance(answer, StripeRefusal):
            return run.settle(session, _refused(session, wanted, answer.meaning))
        _succeeded(session, wanted, answer.refund_id)
        return run.settle(session, {"outcome": "refunded", "refund": answer.refund_id})


def _without_payment(run: TaskRun, wanted: FoundRefund | None) -> Outcome:
    """Refuses to refund a deposit without a PaymentIntent, because it must be refunded where the shop took it."""
    with run.transaction() as session:
        if wanted is None or wanted.status != RefundStatus.REQUESTED:
            return run.settle(session, {"outcome": "nothing to refund"})
        why = "It was not paid through Stripe. Refund it where it was paid."
        return run.settle(session, _refused(session, wanted, why))


def _succeeded(session: Session, refund: FoundRefund, stripe_refund_id: str) -> None:
    # The payment is locked first, as it is when a webhook is handled, to prevent deadlocks.
    payments.lock(session, refund.payment_id)
    if not refunds.succeed(session, refund.id, stripe_refund_id):
        return
    payments.note_refund(session, refund.payment_id, stripe_refund_id)
    if refunds.is_refunded_in_full(session, refund.payment_id):
        payments.move(session, refund.payment_id, PaymentStatus.REFUNDED, was=REFUNDABLE)
    amount = format_amount(refund.amount_cents, refund.currency, "en_GB")
    audit.note(
        session,
        event="PaymentRefunded",
        reason=f"{amount} was refunded.",
        shop_id=refund.shop_id,
        appointment_id=refund.appointment_id,
        actor=refund.requested_by,
    )


def _refused(session: Session, refund: FoundRefund, meaning: str) -> Outcome:
    why = f"A refund failed: {meaning}"
    payments.lock(session, refund.payment_id)
    if refunds.fail(session, refund.id, meaning):
        _alert(session, refund, why)
    return {"outcome": "refused", "reason": why}


def _alert(session: Session, refund: FoundRefund, why: str) -> None:
    notify_staff(
        session,
        shop_id=refund.shop_id,
        effect=NotifyStaff("needs_human", why, Severity.CRITICAL),
        appointment_id=refund.appointment_id,
        dedupe_key=f"refund:{refund.id}",
    )


def record(session: Session, payment: FoundPayment, stripe_refund_id: str, amount: int, *, purpose: str) -> bool:
    """Records a refund that Stripe reports. `purpose` identifies the refund request if the refund was made by
    slot-recovery.

    Returns True for a refund made elsewhere that was not recorded before and has no audit entry yet.
    """
    ours = _requested(session, purpose)
    if ours is not None and ours.payment_id == payment.id:
        _succeeded(session, ours, stripe_refund_id)
        return False
    is_new = refunds.add_made_elsewhere(
        session,
        shop_id=payment.shop_id,
        payment_id=payment.id,
        stripe_refund_id=stripe_refund_id,
        amount_cents=min(amount, payment.amount_cents),
    )
    if refunds.is_refunded_in_full(session, payment.id):
        payments.move(session, payment.id, PaymentStatus.REFUNDED, was=REFUNDABLE)
    return is_new


def _requested(session: Session, purpose: str) -> FoundRefund | None:
    try:
        return refunds.find(session, UUID(purpose.removeprefix(PURPOSE)))
    except ValueError:
        return None


def has_failed(session: Session, payment: FoundPayment, stripe_refund_id: str | None, *, purpose: str) -> bool:
    """Whether this refund or, if Stripe's report does not name a refund, any refund of the payment has failed."""
    ours = _requested(session, purpose)
    if ours is not None and ours.payment_id == payment.id:
        return ours.status == RefundStatus.FAILED
    return refunds.has_failed(session, payment.id, stripe_refund_id)


def record_failure(
    session: Session, payment: FoundPayment, stripe_refund_id: str, amount: int, why: str, *, purpose: str
) -> None:
    """Records that the bank rejected a refund, whose amount is then in the shop's Stripe account again.

    The refund may be unknown, because the event about its creation can arrive later.
    """
    payments.lock(session, payment.id)
    ours = _requested(session, purpose)
    known = ours.id if ours and ours.payment_id == payment.id else refunds.by_stripe_id(session, stripe_refund_id)
    if known is not None:
        refunds.fail(session, known, why, stripe_refund_id=stripe_refund_id)
    elif amount:
        refunds.add_made_elsewhere(
            session,
            shop_id=payment.shop_id,
            payment_id=payment.id,
            stripe_refund_id=stripe_refund_id,
            amount_cents=min(amount, payment.amount_cents),
            failure=why,
        )
    if not refunds.is_refunded_in_full(session, payment.id):
        payments.move(session, payment.id, PaymentStatus.SUCCEEDED, was=RETURNED)
