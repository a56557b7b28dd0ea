"""Asking the payment company for an intent: claim and commit, call, record."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import payments, recoveries
from db.payments import Found
from domain import events as ev
from domain.effects import Severity, TellStaff
from domain.money import to_stripe
from domain.state import LINK_FAILED
from providers.stripe.client import IntentOrder
from providers.stripe.outcomes import Intent, Later, NoSuchIntent, Refused
from worker.decisions import happens
from worker.effects import tell_staff
from worker.job import Job, Outcome

KEYS_ARE_KEPT = timedelta(hours=23)
"""Stripe forgets an idempotency key after a day; then the intent is looked for by its metadata first."""


def order_for(payment: Found) -> IntentOrder:
    """The same words every time: they are frozen in the row before the first call."""
    return IntentOrder(
        payment_id=str(payment.id),
        amount=to_stripe(payment.amount_cents, payment.currency),
        currency=payment.currency.lower(),
        idempotency_key=f"payment:{payment.id}",
        metadata={"appointment_id": str(payment.appointment_id), "shop_id": str(payment.shop_id)},
    )


def create(job: Job, payment_id: UUID) -> Outcome:
    """Makes the intent and, with it, fills the slot."""
    with job.transaction() as session:
        wanted = payments.claim_creation(session, payment_id)
        payment = payments.find(session, payment_id)
    if payment is None or not wanted:
        return {"outcome": "not wanted", "because": "The payment has its intent already, or is over."}
    answer = ask(job, payment)
    if isinstance(answer, Intent):
        return _record(job, payment, answer)
    if isinstance(answer, Refused):
        return _give_up(job, payment, answer)
    return _wait(job, payment, answer)


def ask(job: Job, payment: Found) -> Intent | Later | Refused:
    """The payment's intent, however often it is asked for."""
    began = payment.create_claimed_at or payment.now
    if payment.now - began > KEYS_ARE_KEPT:
        found = job.tools.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
        if not isinstance(found, NoSuchIntent):
            return found
    answer = job.tools.stripe.create_intent(order_for(payment))
    if not isinstance(answer, Refused):
        return answer
    # An earlier call, before the rule that refuses this one, may have made it all the same.
    made = job.tools.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
    return answer if isinstance(made, NoSuchIntent) else made


def _record(job: Job, payment: Found, intent: Intent) -> Outcome:
    with job.transaction() as session:
        if payment.slot_opening_id is not None:
            recoveries.lock(session, payment.slot_opening_id)
        payments.record_intent(session, payment.id, intent_id=intent.id, client_secret=intent.client_secret)
        because = None
        if payment.slot_opening_id and payment.kind == "deposit":
            event = ev.PaymentIntentCreated(payment.id)
            decision = happens(session, job.tools, payment.slot_opening_id, event, payment_id=payment.id)
            because = decision and decision.because
        return job.settle(session, {"outcome": "created", "intent": intent.id, "because": because})


def _give_up(job: Job, payment: Found, refused: Refused) -> Outcome:
    """Stripe refuses the payment itself, however often it is asked: nobody waits for it, and the staff are told."""
    with job.transaction() as session:
        if payment.slot_opening_id is not None and payment.kind == "deposit":
            recoveries.lock(session, payment.slot_opening_id)
            event = ev.PaymentRefused(payment.id, refused.meaning)
            happens(session, job.tools, payment.slot_opening_id, event, payment_id=payment.id)
        else:
            payments.needs_human(session, payment.id, refused.meaning)
            _alarm(session, payment, f"A payment can't be taken: {refused.meaning}")
        return job.settle(session, {"outcome": "refused", "because": refused.meaning})


def _wait(job: Job, payment: Found, answer: Later) -> Outcome:
    """Asks again. Where Stripe refuses us, not the payment, the hold waits until that is mended."""
    with job.transaction() as session:
        if answer.ours_to_fix:
            if payment.of_a_recovery:
                payments.needs_human(session, payment.id, LINK_FAILED)
            _alarm(session, payment, f"The deposit can't be taken: {answer.reason}")
        return job.when_it_answers(session, because=answer.reason)


def _alarm(session: Session, payment: Found, text: str) -> None:
    told = TellStaff("needs_human", text, Severity.CRITICAL)
    key = f"create_payment:{payment.id}"
    tell_staff(session, shop_id=payment.shop_id, effect=told, slot_opening_id=payment.slot_opening_id, dedupe_key=key)
