"""Cancels payments. Releases a hold only after Stripe has confirmed the cancellation."""

from enum import Enum
from uuid import UUID

from db.money import payments
from db.money.payments import FoundPayment
from domain import events as ev
from domain.effects import NotifyStaff, Severity
from domain.state import PaymentStatus
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_results import (
    AlreadySucceeded,
    Intent,
    IntentCancelled,
    Later,
    NoSuchIntent,
    StillProcessing,
    StripeRefusal,
)
from worker.apply_events import apply_event
from worker.payments import create_intent, ordinary_payments
from worker.periodic.postponed import PostponedError, ProviderUnavailableError
from worker.task_run import Outcome, TaskRun, task

Answer = IntentCancelled | AlreadySucceeded | StillProcessing | NoSuchIntent | Later


class Release(Enum):
    """The result of cancelling a payment."""

    CANCELLED = "cancelled"
    PAID = "paid"
    PROCESSING = "processing"
    """The payment may still succeed."""
    LATER = "later"
    """Stripe did not respond."""


@task("cancel_payment")
def cancel(run: TaskRun, payment_id: UUID) -> Outcome:
    """Cancels the PaymentIntent, then releases the slot.

    Also cancels an open payment of a cancelled booking.
    """
    payment, answer = _ask_to_cancel(run, payment_id)
    if payment is None:
        return {"outcome": "nothing to cancel"}
    if not payment.of_a_recovery:
        return _end(run, payment, answer)
    if isinstance(answer, IntentCancelled | NoSuchIntent):
        return _apply(run, payment, ev.PaymentCancelled(payment.id))
    if isinstance(answer, AlreadySucceeded):
        paid = answer.intent
        return _apply(run, payment, ev.PaymentSucceeded(payment.id, paid.amount, paid.currency))
    return _wait(run, payment, answer)


def make_unpayable(run: TaskRun, payment_id: UUID) -> Release:
    """Cancels a payment of an ordinary booking. Confirms the booking if the payment has already succeeded."""
    payment, answer = _ask_to_cancel(run, payment_id)
    if payment is None or isinstance(answer, IntentCancelled | NoSuchIntent):
        return Release.CANCELLED
    if isinstance(answer, AlreadySucceeded):
        with run.transaction() as session:
            ordinary_payments.paid(session, run.dependencies, payment, answer.intent.amount, answer.intent.currency)
        return Release.PAID
    return Release.PROCESSING if isinstance(answer, StillProcessing) else Release.LATER


def end_or_wait(run: TaskRun, payment_id: UUID) -> bool:
    """Cancels the payment. Returns whether it had already succeeded. Raises PostponedError or
    ProviderUnavailableError.
    """
    released = make_unpayable(run, payment_id)
    if released is Release.LATER:
        raise ProviderUnavailableError("Stripe does not respond.")
    if released is Release.PROCESSING:
        raise PostponedError("The payment is still being processed.")
    return released is Release.PAID


def _end(run: TaskRun, payment: FoundPayment, answer: Answer) -> Outcome:
    """Records the result for a payment of a cancelled booking."""
    if isinstance(answer, StillProcessing | Later):
        return _wait(run, payment, answer)
    with run.transaction() as session:
        if isinstance(answer, AlreadySucceeded):
            reason = ordinary_payments.paid(
                session, run.dependencies, payment, answer.intent.amount, answer.intent.currency
            )
        else:
            reason = ordinary_payments.cancelled(session, payment)
        return run.settle(session, {"outcome": "ended", "reason": reason})


def _ask_to_cancel(run: TaskRun, payment_id: UUID) -> tuple[FoundPayment | None, Answer]:
    """Cancels the intent.

    If the id of the intent is unknown because the response to its creation was lost, first repeats the creation.
    Never creates an intent that was not requested before.
    """
    with run.transaction() as session:
        payment = payments.find(session, payment_id)
    if payment is None:
        return None, NoSuchIntent()
    intent_id = payment.intent_id
    if intent_id is None and payment.create_claimed_at is not None:
        made = create_intent.ask(run, payment)
        if isinstance(made, Later):
            return payment, made
        intent_id = made.id if isinstance(made, Intent) else None
        _record_intent(run, payment, made)
    return payment, NoSuchIntent() if intent_id is None else run.dependencies.stripe.cancel(intent_id)


def _record_intent(run: TaskRun, payment: FoundPayment, made: Intent | StripeRefusal) -> None:
    if isinstance(made, Intent):
        with run.transaction() as session:
            payments.record_intent(session, payment.id, intent_id=made.id, client_secret=made.client_secret)


def _apply(run: TaskRun, payment: FoundPayment, event: ev.PaymentCancelled | ev.PaymentSucceeded) -> Outcome:
    assert payment.slot_opening_id is not None  # noqa: S101 - checked by the caller
    with run.transaction() as session:
        decision = apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
        return run.settle(session, {"outcome": type(event).__name__, "reason": decision.reason if decision else None})


def _wait(run: TaskRun, payment: FoundPayment, answer: StillProcessing | Later) -> Outcome:
    """Handles a payment that is neither paid nor cancelled: keeps the slot held, retries, and alerts the staff if
    needed.
    """
    reason = "The payment is still being processed." if isinstance(answer, StillProcessing) else answer.reason
    with run.transaction() as session:
        if isinstance(answer, StillProcessing):
            payments.move(session, payment.id, PaymentStatus.PROCESSING, was=(PaymentStatus.PENDING,))
        if isinstance(answer, StillProcessing) or answer.ours_to_fix:
            what = (
                "A held slot can't be released"
                if payment.of_a_recovery
                else "A payment of a cancelled booking is still open"
            )
            notification = NotifyStaff("needs_human", f"{what}: {reason}", Severity.CRITICAL)
            notify_staff(
                session,
                shop_id=payment.shop_id,
                effect=notification,
                slot_opening_id=payment.slot_opening_id,
                dedupe_key=f"release:{payment.id}",
            )
        return run.retry_when_available(session, reason=reason)
