"""What the payment company tells: read the intent itself before any decision about money, then let it happen."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from db import audit, payments, recoveries, webhook_events
from db.payments import FoundPayment
from domain import events as ev
from domain.effects import NotifyStaff, Severity
from domain.money import to_stripe
from domain.state import PaymentStatus
from providers.stripe.decline_codes import meaning_of_decline
from providers.stripe.stripe_events import DisputeEvent, IntentChange, IntentEvent, RefundEvent, read_event
from providers.stripe.stripe_results import Intent, IntentState, Later, NoSuchIntent
from worker.apply_events import apply_event
from worker.effect_rows import notify_staff
from worker.payments import disputes, ordinary_payments
from worker.task_run import Outcome, TaskRun

UNKNOWN: Outcome = {"outcome": "unknown intent", "reason": "No payment of ours has this intent."}


def handle(run: TaskRun, intent_id: str) -> Outcome:
    """Lets what a webhook told happen. Without a recorded webhook, only the intent itself counts."""
    with run.transaction() as session:
        recorded = webhook_events.of_task(session, run.webhook_event_id)
        told = read_event(recorded.payload) if recorded else None
        metadata = getattr(told, "metadata", {})
        payment = payments.find_by_intent(session, intent_id, metadata)
        if payment is None:
            return run.settle(session, UNKNOWN)
        if isinstance(told, RefundEvent | DisputeEvent):
            return run.settle(session, _aside(session, payment, told))
    intent = run.dependencies.stripe.retrieve(intent_id)
    if isinstance(intent, Later):
        with run.transaction() as session:
            return run.retry_when_available(session, reason=intent.reason)
    return believe(run, payment, as_event(intent_id, intent, told))


def as_event(intent_id: str, intent: Intent | NoSuchIntent, told: Any) -> IntentEvent | None:
    """The intent as it stands now outweighs what the webhook said of it; a decline is a fact of its own.

    A signed webhook about an intent that Stripe does not show us (another key's account) is believed as it is.
    """
    heard = told if isinstance(told, IntentEvent) else None
    if isinstance(intent, NoSuchIntent):
        return heard
    was_declined = heard is not None and heard.change is IntentChange.FAILED and intent.state is IntentState.OPEN
    change = IntentChange.FAILED if was_declined else CHANGE_OF.get(intent.state)
    if change is None:
        return None
    code = heard.failure_code if heard is not None and was_declined else None
    return IntentEvent("", change, intent_id, intent.state, intent.amount, intent.currency, code)


CHANGE_OF: dict[IntentState, IntentChange] = {
    IntentState.SUCCEEDED: IntentChange.SUCCEEDED,
    IntentState.CANCELLED: IntentChange.CANCELLED,
    IntentState.PROCESSING: IntentChange.PROCESSING,
}


def believe(run: TaskRun, payment: FoundPayment, heard: IntentEvent | None) -> Outcome:
    """Lets it happen to the recovery or the booking that the payment is for."""
    if heard is None:
        return {"outcome": "nothing new"}
    with run.transaction() as session:
        if payment.slot_opening_id is not None:
            recoveries.lock(session, payment.slot_opening_id)
        payments.record_intent(session, payment.id, intent_id=heard.intent_id, client_secret=None)
        react = IN_A_RECOVERY if payment.of_a_recovery else ELSEWHERE
        reason = react[heard.change](session, run, payment, heard)
        return run.settle(session, {"outcome": heard.change.value, "reason": reason})


def _let(session: Session, run: TaskRun, payment: FoundPayment, event: ev.Event) -> str | None:
    assert payment.slot_opening_id is not None  # noqa: S101 - `of_a_recovery` has looked
    decision = apply_event(session, run.dependencies, payment.slot_opening_id, event, payment_id=payment.id)
    return decision.reason if decision else None


def _amount(payment: FoundPayment, heard: IntentEvent) -> tuple[int, str]:
    return (
        to_stripe(payment.amount_cents, payment.currency) if heard.amount is None else heard.amount,
        payment.currency if heard.currency is None else heard.currency,
    )


def _recovery_declined(session: Session, run: TaskRun, payment: FoundPayment, heard: IntentEvent) -> str | None:
    payments.note_failure(session, payment.id, heard.failure_code)
    return _let(session, run, payment, ev.PaymentDeclined(payment.id, meaning_of_decline(heard.failure_code).shop))


def _processing(session: Session, run: TaskRun, payment: FoundPayment, heard: IntentEvent) -> str | None:
    payments.move(session, payment.id, PaymentStatus.PROCESSING, was=(PaymentStatus.PENDING,))
    return "The payment is being processed."


React = Callable[[Session, TaskRun, FoundPayment, IntentEvent], str | None]

IN_A_RECOVERY: dict[IntentChange, React] = {
    IntentChange.SUCCEEDED: lambda s, run, p, heard: _let(s, run, p, ev.PaymentSucceeded(p.id, *_amount(p, heard))),
    IntentChange.FAILED: _recovery_declined,
    IntentChange.CANCELLED: lambda s, run, p, heard: _let(s, run, p, ev.PaymentCancelled(p.id)),
    IntentChange.PROCESSING: _processing,
}

ELSEWHERE: dict[IntentChange, React] = {
    IntentChange.SUCCEEDED: lambda s, run, p, heard: ordinary_payments.paid(
        s, run.dependencies, p, *_amount(p, heard)
    ),
    IntentChange.FAILED: lambda s, run, p, heard: ordinary_payments.declined(
        s, p, heard.failure_code, meaning_of_decline(heard.failure_code).shop
    ),
    IntentChange.CANCELLED: lambda s, run, p, heard: ordinary_payments.cancelled(s, p),
    IntentChange.PROCESSING: _processing,
}


def _aside(session: Session, payment: FoundPayment, told: RefundEvent | DisputeEvent) -> Outcome:
    """Refunds and disputes change the payment's row and are shown; the booking is the shop's to decide about."""
    if isinstance(told, RefundEvent):
        return _refund_heard(session, payment, told)
    return disputes.handle(session, payment, told)


def _refund_heard(session: Session, payment: FoundPayment, told: RefundEvent) -> Outcome:
    if told.failed:
        why = "A refund failed at the bank; the customer has to be paid back in another way."
        payments.needs_human(session, payment.id, why)
        effect = NotifyStaff("needs_human", why, Severity.CRITICAL)
        notify_staff(session, shop_id=payment.shop_id, effect=effect, dedupe_key=f"refund_failed:{told.refund_id}")
        return {"outcome": "refund failed", "reason": why}
    payments.note_refund(session, payment.id, told.refund_id)
    if (told.amount or 0) >= to_stripe(payment.amount_cents, payment.currency):
        was = (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDING)
        payments.move(session, payment.id, PaymentStatus.REFUNDED, was=was)
    reason = "Money was given back."
    audit.note(
        session,
        event="PaymentRefunded",
        reason=reason,
        shop_id=payment.shop_id,
        appointment_id=payment.appointment_id,
        slot_opening_id=payment.slot_opening_id,
    )
    return {"outcome": "refunded", "reason": reason}
