"""Creates PaymentIntents: claims the payment and commits, calls Stripe, and records the result."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db.money import payments
from db.money.payments import FoundPayment
from db.recoveries import recoveries
from domain import events as ev
from domain.effects import NotifyStaff, Severity
from domain.money import to_stripe
from domain.state import LINK_FAILED
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_client import IntentOrder
from providers.stripe.stripe_results import Intent, Later, NoSuchIntent, StripeRefusal
from worker.apply_events import apply_event
from worker.task_run import Outcome, TaskRun, task

KEY_LIFETIME = timedelta(hours=23)
"""Stripe keeps an idempotency key for a day. After this time, the task first searches for the intent by metadata."""


def order_for(payment: FoundPayment) -> IntentOrder:
    """Returns the same order for every attempt, because the values are stored before the first call."""
    return IntentOrder(
        payment_id=str(payment.id),
        amount=to_stripe(payment.amount_cents, payment.currency),
        currency=payment.currency.lower(),
        idempotency_key=f"payment:{payment.id}",
        metadata={"appointment_id": str(payment.appointment_id), "shop_id": str(payment.shop_id)},
    )


@task("create_payment")
def create(run: TaskRun, payment_id: UUID) -> Outcome:
    """Creates the PaymentIntent of a hold, with a fixed idempotency key, and fills the slot."""
    with run.transaction() as session:
        claimed = payments.claim_creation(session, payment_id)
        payment = payments.find(session, payment_id)
    if payment is None or not claimed:
        return {"outcome": "not wanted", "reason": "The payment already has an intent, or has ended."}
    answer = ask(run, payment)
    if isinstance(answer, Intent):
        return _record(run, payment, answer)
    if isinstance(answer, StripeRefusal):
        return _give_up(run, payment, answer)
    return _wait(run, payment, answer)


def ask(run: TaskRun, payment: FoundPayment) -> Intent | Later | StripeRefusal:
    """Returns the payment's intent, which is created at most once."""
    began = payment.create_claimed_at or payment.now
    if payment.now - began > KEY_LIFETIME:
        found = run.dependencies.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
        if not isinstance(found, NoSuchIntent):
            return found
    answer = run.dependencies.stripe.create_intent(order_for(payment))
    if not isinstance(answer, StripeRefusal):
        return answer
    # Stripe refuses this attempt, but an earlier attempt may have created the intent.
    made = run.dependencies.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
    return answer if isinstance(made, NoSuchIntent) else made


def _record(run: TaskRun, payment: FoundPayment, intent: Intent) -> Outcome:
    with run.transaction() as session:
        if payment.slot_opening_id is not None:
            recoveries.lock(session, payment.slot_opening_id)
        payments.record_intent(session, payment.id, intent_id=intent.id, client_secret=intent.client_secret)
        reason = None
        if payment.slot_opening_id and payment.kind == "deposit":
            event = ev.PaymentIntentCreated(payment.id)
            decision = apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
            reason = decision.reason if decision else None
        return run.settle(session, {"outcome": "created", "intent": intent.id, "reason": reason})


def _give_up(run: TaskRun, payment: FoundPayment, refusal: StripeRefusal) -> Outcome:
    """Handles a permanent refusal by Stripe: ends the hold or alerts the staff."""
    with run.transaction() as session:
        if payment.slot_opening_id is not None and payment.kind == "deposit":
            recoveries.lock(session, payment.slot_opening_id)
            event = ev.PaymentRefused(payment.id, refusal.meaning)
            apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
        else:
            payments.needs_human(session, payment.id, refusal.meaning)
            _alert(session, payment, f"A payment can't be taken: {refusal.meaning}")
        return run.settle(session, {"outcome": "refused", "reason": refusal.meaning})


def _wait(run: TaskRun, payment: FoundPayment, answer: Later) -> Outcome:
    """Retries. If the configuration is wrong, alerts the staff and keeps the hold until it is corrected."""
    with run.transaction() as session:
        if answer.ours_to_fix:
            if payment.of_a_recovery:
                payments.needs_human(session, payment.id, LINK_FAILED)
            _alert(session, payment, f"The deposit can't be taken: {answer.reason}")
        return run.retry_when_available(session, reason=answer.reason)


def _alert(session: Session, payment: FoundPayment, text: str) -> None:
    notification = NotifyStaff("needs_human", text, Severity.CRITICAL)
    key = f"create_payment:{payment.id}"
    notify_staff(
        session, shop_id=payment.shop_id, effect=notification, slot_opening_id=payment.slot_opening_id, dedupe_key=key
    )
