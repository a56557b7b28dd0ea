"""Giving money back, once: under one key, however often it is tried."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import audit, payments
from db.payments import Found
from domain.effects import Severity, TellStaff
from domain.money import to_stripe
from domain.state import PaymentStatus
from providers.stripe.outcomes import Later, Refunded, Refused
from worker.effects import tell_staff
from worker.job import Job, Outcome


def refund(job: Job, payment_id: UUID) -> Outcome:
    """Gives the whole amount back. What Stripe will not do is shown to a human."""
    with job.transaction() as session:
        payment = payments.find(session, payment_id)
    if payment is None or payment.status is not PaymentStatus.REFUNDING or payment.intent_id is None:
        return {"outcome": "nothing to refund"}
    answer = job.tools.stripe.refund(
        payment.intent_id, to_stripe(payment.amount_cents, payment.currency), f"refund:{payment.id}"
    )
    if isinstance(answer, Refunded):
        return _given_back(job, payment, answer)
    if isinstance(answer, Refused):
        return _refused(job, payment, answer)
    return _later(job, payment, answer)


def _given_back(job: Job, payment: Found, answer: Refunded) -> Outcome:
    with job.transaction() as session:
        payments.note_refund(session, payment.id, answer.refund_id)
        payments.move(session, payment.id, PaymentStatus.REFUNDED, was=(PaymentStatus.REFUNDING,))
        audit.note(
            session,
            event="PaymentRefunded",
            because="The money was given back in full.",
            shop_id=payment.shop_id,
            appointment_id=payment.appointment_id,
            slot_opening_id=payment.slot_opening_id,
        )
        return job.settle(session, {"outcome": "refunded", "refund": answer.refund_id})


def _refused(job: Job, payment: Found, answer: Refused) -> Outcome:
    why = f"A refund failed: {answer.meaning}"
    with job.transaction() as session:
        payments.needs_human(session, payment.id, why)
        _alarm(session, payment, why)
        return job.settle(session, {"outcome": "refused", "because": why})


def _later(job: Job, payment: Found, answer: Later) -> Outcome:
    with job.transaction() as session:
        if answer.ours_to_fix:
            _alarm(session, payment, f"A refund waits: {answer.reason}")
        return job.when_it_answers(session, because=answer.reason)


def _alarm(session: Session, payment: Found, why: str) -> None:
    told = TellStaff("needs_human", why, Severity.CRITICAL)
    tell_staff(
        session,
        shop_id=payment.shop_id,
        effect=told,
        slot_opening_id=payment.slot_opening_id,
        dedupe_key=f"refund:{payment.id}",
    )
