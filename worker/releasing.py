"""Cancel first, release after: a hold is given up only when the payment company has confirmed it."""

from enum import Enum
from uuid import UUID

from db import payments
from db.payments import Found
from domain import events as ev
from domain.effects import Severity, TellStaff
from domain.state import PaymentStatus
from providers.stripe.outcomes import (
    AlreadySucceeded,
    Cancelled,
    Intent,
    Later,
    NoSuchIntent,
    Refused,
    StillProcessing,
)
from worker import other_payments, paying
from worker.decisions import happens
from worker.effects import tell_staff
from worker.job import Job, Outcome
from worker.waiting import Away, Waits

Answer = Cancelled | AlreadySucceeded | StillProcessing | NoSuchIntent | Later


class Release(Enum):
    """What came of making a payment unpayable."""

    CANCELLED = "cancelled"
    PAID = "paid"
    PROCESSING = "processing"
    """The money may be on its way; the payment company does not know yet."""
    LATER = "later"
    """The payment company has not answered."""


def cancel(job: Job, payment_id: UUID) -> Outcome:
    """Cancels the payment of a hold; tells the recovery what the payment company said.

    Of a booking that was cancelled, what was still to be paid of it.
    """
    payment, answer = _ask_to_cancel(job, payment_id)
    if payment is None:
        return {"outcome": "nothing to cancel"}
    if not payment.of_a_recovery:
        return _end(job, payment, answer)
    if isinstance(answer, Cancelled | NoSuchIntent):
        return _tell(job, payment, ev.PaymentCancelled(payment.id))
    if isinstance(answer, AlreadySucceeded):
        paid = answer.intent
        return _tell(job, payment, ev.PaymentSucceeded(payment.id, paid.amount, paid.currency))
    return _wait(job, payment, answer)


def make_unpayable(job: Job, payment_id: UUID) -> Release:
    """The same for a booking that is no recovery; one that turns out to be paid is booked."""
    payment, answer = _ask_to_cancel(job, payment_id)
    if payment is None or isinstance(answer, Cancelled | NoSuchIntent):
        return Release.CANCELLED
    if isinstance(answer, AlreadySucceeded):
        with job.transaction() as session:
            other_payments.paid(session, job.tools, payment, answer.intent.amount, answer.intent.currency)
        return Release.PAID
    return Release.PROCESSING if isinstance(answer, StillProcessing) else Release.LATER


def end_or_wait(job: Job, payment_id: UUID) -> bool:
    """The same for an item of a regular job: whether it turned out to be paid. Raises Waits, or Away."""
    released = make_unpayable(job, payment_id)
    if released is Release.LATER:
        raise Away("The payment company does not answer.")
    if released is Release.PROCESSING:
        raise Waits("Its payment is still being processed.")
    return released is Release.PAID


def _end(job: Job, payment: Found, answer: Answer) -> Outcome:
    """Nothing but the payment itself depends on it."""
    if isinstance(answer, StillProcessing | Later):
        return _wait(job, payment, answer)
    with job.transaction() as session:
        if isinstance(answer, AlreadySucceeded):
            because = other_payments.paid(session, job.tools, payment, answer.intent.amount, answer.intent.currency)
        else:
            because = other_payments.cancelled(session, payment)
        return job.settle(session, {"outcome": "ended", "because": because})


def _ask_to_cancel(job: Job, payment_id: UUID) -> tuple[Found | None, Answer]:
    """No intent known: either nobody ever asked for one, or the answer was lost and asking again brings it."""
    with job.transaction() as session:
        payment = payments.find(session, payment_id)
    if payment is None:
        return None, NoSuchIntent()
    intent_id = payment.intent_id
    if intent_id is None and payment.create_claimed_at is not None:
        made = paying.ask(job, payment)
        if isinstance(made, Later):
            return payment, made
        intent_id = made.id if isinstance(made, Intent) else None
        _remember(job, payment, made)
    return payment, NoSuchIntent() if intent_id is None else job.tools.stripe.cancel(intent_id)


def _remember(job: Job, payment: Found, made: Intent | Refused) -> None:
    if isinstance(made, Intent):
        with job.transaction() as session:
            payments.record_intent(session, payment.id, intent_id=made.id, client_secret=made.client_secret)


def _tell(job: Job, payment: Found, event: ev.PaymentCancelled | ev.PaymentSucceeded) -> Outcome:
    assert payment.slot_opening_id is not None  # noqa: S101 - the caller has looked
    with job.transaction() as session:
        decision = happens(session, job.tools, payment.slot_opening_id, event, payment_id=payment.id)
        return job.settle(
            session, {"outcome": type(event).__name__, "because": decision.because if decision else None}
        )


def _wait(job: Job, payment: Found, answer: StillProcessing | Later) -> Outcome:
    """Neither paid nor cancelled: the slot is not released on silence, and somebody should know."""
    because = "The payment is still being processed." if isinstance(answer, StillProcessing) else answer.reason
    with job.transaction() as session:
        if isinstance(answer, StillProcessing):
            payments.move(session, payment.id, PaymentStatus.PROCESSING, was=(PaymentStatus.PENDING,))
        if isinstance(answer, StillProcessing) or answer.ours_to_fix:
            what = "A held slot waits" if payment.of_a_recovery else "A payment of a cancelled booking is still open"
            told = TellStaff("needs_human", f"{what}: {because}", Severity.CRITICAL)
            tell_staff(
                session,
                shop_id=payment.shop_id,
                effect=told,
                slot_opening_id=payment.slot_opening_id,
                dedupe_key=f"release:{payment.id}",
            )
        return job.when_it_answers(session, because=because)
