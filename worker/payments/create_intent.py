"""Asking the payment company for an intent: claim and commit, call, record."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import payments, recoveries
from db.payments import FoundPayment
from domain import events as ev
from domain.effects import NotifyStaff, Severity
from domain.money import to_stripe
from domain.state import LINK_FAILED
from providers.stripe.stripe_client import IntentOrder
from providers.stripe.stripe_results import Intent, Later, NoSuchIntent, StripeRefusal
from worker.apply_events import apply_event
from worker.effect_rows import notify_staff
from worker.task_run import Outcome, TaskRun

KEYS_ARE_KEPT = timedelta(hours=23)
"""Stripe forgets an idempotency key after a day; then the intent is looked for by its metadata first."""


def order_for(payment: FoundPayment) -> IntentOrder:
    """The same words every time: they are frozen in the row before the first call."""
    return IntentOrder(
        payment_id=str(payment.id),
        amount=to_stripe(payment.amount_cents, payment.currency),
        currency=payment.currency.lower(),
        idempotency_key=f"payment:{payment.id}",
        metadata={"appointment_id": str(payment.appointment_id), "shop_id": str(payment.shop_id)},
    )


def create(run: TaskRun, payment_id: UUID) -> Outcome:
    """Makes the intent and, with it, fills the slot."""
    with run.transaction() as session:
        wanted = payments.claim_creation(session, payment_id)
        payment = payments.find(session, payment_id)
    if payment is None or not wanted:
        return {"outcome": "not wanted", "reason": "The payment has its intent already, or is over."}
    answer = ask(run, payment)
    if isinstance(answer, Intent):
        return _record(run, payment, answer)
    if isinstance(answer, StripeRefusal):
        return _give_up(run, payment, answer)
    return _wait(run, payment, answer)


def ask(run: TaskRun, payment: FoundPayment) -> Intent | Later | StripeRefusal:
    """The payment's intent, however often it is asked for."""
    began = payment.create_claimed_at or payment.now
    if payment.now - began > KEYS_ARE_KEPT:
        found = run.dependencies.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
        if not isinstance(found, NoSuchIntent):
            return found
    answer = run.dependencies.stripe.create_intent(order_for(payment))
    if not isinstance(answer, StripeRefusal):
        return answer
    # An earlier call, before the rule that refuses this one, may have made it all the same.
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
            reason = decision and decision.reason
        return run.settle(session, {"outcome": "created", "intent": intent.id, "reason": reason})


def _give_up(run: TaskRun, payment: FoundPayment, refused: StripeRefusal) -> Outcome:
    """Stripe refuses the payment itself, however often it is asked: nobody waits for it, and the staff are told."""
    with run.transaction() as session:
        if payment.slot_opening_id is not None and payment.kind == "deposit":
            recoveries.lock(session, payment.slot_opening_id)
            event = ev.PaymentRefused(payment.id, refused.meaning)
            apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
        else:
            payments.needs_human(session, payment.id, refused.meaning)
            _alarm(session, payment, f"A payment can't be taken: {refused.meaning}")
        return run.settle(session, {"outcome": "refused", "reason": refused.meaning})


def _wait(run: TaskRun, payment: FoundPayment, answer: Later) -> Outcome:
    """Asks again. Where Stripe refuses us, not the payment, the hold waits until that is mended."""
    with run.transaction() as session:
        if answer.ours_to_fix:
            if payment.of_a_recovery:
                payments.needs_human(session, payment.id, LINK_FAILED)
            _alarm(session, payment, f"The deposit can't be taken: {answer.reason}")
        return run.retry_when_available(session, reason=answer.reason)


def _alarm(session: Session, payment: FoundPayment, text: str) -> None:
    told = NotifyStaff("needs_human", text, Severity.CRITICAL)
    key = f"create_payment:{payment.id}"
    notify_staff(
        session, shop_id=payment.shop_id, effect=told, slot_opening_id=payment.slot_opening_id, dedupe_key=key
    )
