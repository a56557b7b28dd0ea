"""Asking the payment company for an intent: claim and commit, call, record."""

from datetime import timedelta
from uuid import UUID

from db import payments, recoveries
from db.payments import Found
from domain import events as ev
from domain.effects import Severity, TellStaff
from domain.money import to_stripe
from providers.stripe.client import IntentOrder
from providers.stripe.outcomes import Intent, Later, NoSuchIntent, Refused
from worker.decisions import happens
from worker.effects import tell_staff
from worker.job import LATEST, Job, Outcome

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
    return _wait(job, payment, answer)


def ask(job: Job, payment: Found) -> Intent | Later | Refused:
    """The payment's intent, however often it is asked for."""
    began = payment.create_claimed_at or payment.now
    if payment.now - began > KEYS_ARE_KEPT:
        found = job.tools.stripe.find_by_metadata({"payment_id": str(payment.id)}, created_after=began)
        if not isinstance(found, NoSuchIntent):
            return found
    return job.tools.stripe.create_intent(order_for(payment))


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


def _wait(job: Job, payment: Found, answer: Later | Refused) -> Outcome:
    """The hold's own deadline ends it if this goes on; a refusal is ours to mend, so the staff are told."""
    refused = isinstance(answer, Refused)
    because = answer.meaning if isinstance(answer, Refused) else answer.reason
    with job.transaction() as session:
        if refused or (isinstance(answer, Later) and answer.ours_to_fix):
            told = TellStaff("needs_human", f"The deposit can't be taken: {because}", Severity.CRITICAL)
            tell_staff(session, shop_id=payment.shop_id, effect=told, dedupe_key=f"create_payment:{payment.id}")
        if refused:
            return job.later(session, delay=LATEST, because=because)
        return job.when_it_answers(session, because=because)
