"""Applies payment events.

Reads the intent before any decision about money, then updates the recovery or the booking.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from db import audit
from db.money import payments
from db.money.payments import FoundPayment
from db.recoveries import recoveries
from db.webhooks import webhook_events
from domain import events as ev
from domain.effects import NotifyStaff, Severity
from domain.money import to_stripe
from domain.state import PaymentStatus
from messaging.staff_notifications import notify_staff
from providers.stripe.decline_codes import meaning_of_decline
from providers.stripe.stripe_events import DisputeEvent, IntentChange, IntentEvent, RefundEvent, read_event
from providers.stripe.stripe_results import Intent, IntentState, Later, NoSuchIntent
from worker.apply_events import apply_event
from worker.payments import disputes, ordinary_payments, requested_refunds
from worker.task_run import Outcome, TaskRun, task

UNKNOWN: Outcome = {"outcome": "unknown intent", "reason": "No payment has this intent."}


@task("handle_payment_success")
@task("handle_payment_failure")
@task("handle_payment_change")
def handle(run: TaskRun, intent_id: str) -> Outcome:
    """Handles a webhook about a payment. If the task has no webhook, reads the state of the intent."""
    with run.transaction() as session:
        recorded = webhook_events.of_task(session, run.webhook_event_id)
        event = read_event(recorded.payload) if recorded else None
        metadata = getattr(event, "metadata", {})
        payment = payments.find_by_intent(session, intent_id, metadata)
        if payment is None:
            return run.settle(session, UNKNOWN)
        if isinstance(event, RefundEvent | DisputeEvent):
            return run.settle(session, _refund_or_dispute(session, payment, event))
    intent = run.dependencies.stripe.retrieve(intent_id)
    if isinstance(intent, Later):
        with run.transaction() as session:
            return run.retry_when_available(session, reason=intent.reason)
    return apply_intent_event(run, payment, as_event(intent_id, intent, event))


def as_event(intent_id: str, intent: Intent | NoSuchIntent, event: Any) -> IntentEvent | None:
    """Returns the event to apply. The current state of the intent overrides the webhook, except that a decline is
    kept.

    If the API key cannot read the intent, the signed webhook is applied unchanged.
    """
    reported = event if isinstance(event, IntentEvent) else None
    if isinstance(intent, NoSuchIntent):
        return reported
    was_declined = (
        reported is not None and reported.change is IntentChange.FAILED and intent.state is IntentState.OPEN
    )
    change = IntentChange.FAILED if was_declined else CHANGE_OF.get(intent.state)
    if change is None:
        return None
    code = reported.failure_code if reported is not None and was_declined else None
    return IntentEvent("", change, intent_id, intent.state, intent.amount, intent.currency, code)


CHANGE_OF: dict[IntentState, IntentChange] = {
    IntentState.SUCCEEDED: IntentChange.SUCCEEDED,
    IntentState.CANCELLED: IntentChange.CANCELLED,
    IntentState.PROCESSING: IntentChange.PROCESSING,
}


def apply_intent_event(run: TaskRun, payment: FoundPayment, reported: IntentEvent | None) -> Outcome:
    """Applies the event to the payment's recovery or booking."""
    if reported is None:
        return {"outcome": "nothing new"}
    with run.transaction() as session:
        if payment.slot_opening_id is not None:
            recoveries.lock(session, payment.slot_opening_id)
        payments.record_intent(session, payment.id, intent_id=reported.intent_id, client_secret=None)
        react = RECOVERY if payment.of_a_recovery else ORDINARY
        reason = react[reported.change](session, run, payment, reported)
        return run.settle(session, {"outcome": reported.change.value, "reason": reason})


def _apply(session: Session, run: TaskRun, payment: FoundPayment, event: ev.Event) -> str | None:
    assert payment.slot_opening_id is not None  # noqa: S101 - checked by `of_a_recovery`
    decision = apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
    return decision.reason if decision else None


def _amount(payment: FoundPayment, reported: IntentEvent) -> tuple[int, str]:
    return (
        to_stripe(payment.amount_cents, payment.currency) if reported.amount is None else reported.amount,
        payment.currency if reported.currency is None else reported.currency,
    )


def _recovery_declined(session: Session, run: TaskRun, payment: FoundPayment, reported: IntentEvent) -> str | None:
    payments.note_failure(session, payment.id, reported.failure_code)
    return _apply(
        session, run, payment, ev.PaymentDeclined(payment.id, meaning_of_decline(reported.failure_code).shop)
    )


def _processing(session: Session, run: TaskRun, payment: FoundPayment, reported: IntentEvent) -> str | None:
    payments.move(session, payment.id, PaymentStatus.PROCESSING, was=(PaymentStatus.PENDING,))
    return "The payment is being processed."


React = Callable[[Session, TaskRun, FoundPayment, IntentEvent], str | None]

RECOVERY: dict[IntentChange, React] = {
    IntentChange.SUCCEEDED: lambda s, run, p, event: _apply(s, run, p, ev.PaymentSucceeded(p.id, *_amount(p, event))),
    IntentChange.FAILED: _recovery_declined,
    IntentChange.CANCELLED: lambda s, run, p, event: _apply(s, run, p, ev.PaymentCancelled(p.id)),
    IntentChange.PROCESSING: _processing,
}

ORDINARY: dict[IntentChange, React] = {
    IntentChange.SUCCEEDED: lambda s, run, p, event: ordinary_payments.paid(
        s, run.dependencies, p, *_amount(p, event)
    ),
    IntentChange.FAILED: lambda s, run, p, event: ordinary_payments.declined(
        s, p, event.failure_code, meaning_of_decline(event.failure_code).shop
    ),
    IntentChange.CANCELLED: lambda s, run, p, event: ordinary_payments.cancelled(s, p),
    IntentChange.PROCESSING: _processing,
}


def _refund_or_dispute(session: Session, payment: FoundPayment, event: RefundEvent | DisputeEvent) -> Outcome:
    """Applies a refund or a dispute, which changes only the payment."""
    if isinstance(event, RefundEvent):
        return _refund(session, payment, event)
    return disputes.handle(session, payment, event)


def _refunded(session: Session, payment: FoundPayment, event: RefundEvent) -> str | None:
    """Records a refund, which Stripe reports in several events. Returns None if the refund is already recorded."""
    payments.lock(session, payment.id)
    purpose = event.metadata.get("purpose", "")
    if requested_refunds.has_failed(session, payment, event.refund_id, purpose=purpose):
        # The event about the failure was handled first.
        return None
    known = payments.find(session, payment.id)
    over = known is not None and known.status is PaymentStatus.REFUNDED
    payments.note_refund(session, payment.id, event.refund_id)
    is_new = False
    if event.refund_id and event.amount:
        is_new = requested_refunds.record(session, payment, event.refund_id, event.amount, purpose=purpose)
    in_full = (event.amount or 0) >= to_stripe(payment.amount_cents, payment.currency)
    was = (*requested_refunds.REFUNDABLE, PaymentStatus.REFUNDING)
    moved = in_full and payments.move(session, payment.id, PaymentStatus.REFUNDED, was=was)
    if over or not (is_new or moved):
        return None
    return "The payment was refunded in full." if in_full else "A part of the payment was refunded."


def _refund(session: Session, payment: FoundPayment, event: RefundEvent) -> Outcome:
    if event.failed:
        why = "The bank rejected a refund; pay the customer back in another way."
        payments.needs_human(session, payment.id, why)
        if event.refund_id:
            purpose, amount = event.metadata.get("purpose", ""), event.amount or 0
            requested_refunds.record_failure(session, payment, event.refund_id, amount, why, purpose=purpose)
        notify_staff(
            session,
            shop_id=payment.shop_id,
            effect=NotifyStaff("needs_human", why, Severity.CRITICAL),
            appointment_id=payment.appointment_id,
            dedupe_key=f"refund_failed:{event.refund_id}",
        )
        return {"outcome": "refund failed", "reason": why}
    reason = _refunded(session, payment, event)
    if reason is None:
        return {"outcome": "recorded before"}
    audit.note(
        session,
        event="PaymentRefunded",
        reason=reason,
        shop_id=payment.shop_id,
        appointment_id=payment.appointment_id,
        slot_opening_id=payment.slot_opening_id,
    )
    return {"outcome": "refunded", "reason": reason}
