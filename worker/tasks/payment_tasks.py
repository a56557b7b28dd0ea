"""Tasks about money. Webhooks name the intent; what to believe is read from the payment company."""

from uuid import UUID

from worker.payments import cancel_then_release, create_intent, payment_events, refund
from worker.task_run import Outcome, TaskRun, task


@task("create_payment")
def create_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Asks for the intent of a hold, under the payment's own key."""
    return create_intent.create(run, UUID(payment_id))


@task("cancel_payment")
def cancel_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Makes sure that this payment can't succeed any more; then the slot moves on."""
    return cancel_then_release.cancel(run, UUID(payment_id))


@task("refund_payment")
def refund_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Gives back what arrived in spite of all, once."""
    return refund.refund(run, UUID(payment_id))


@task("handle_payment_success")
def handle_payment_success(run: TaskRun, intent_id: str) -> Outcome:
    """The deposit is paid, says a webhook."""
    return payment_events.handle(run, intent_id)


@task("handle_payment_failure")
def handle_payment_failure(run: TaskRun, intent_id: str) -> Outcome:
    """A card was declined, says a webhook."""
    return payment_events.handle(run, intent_id)


@task("handle_payment_change")
def handle_payment_change(run: TaskRun, intent_id: str) -> Outcome:
    """Cancelled, processing, refunded or disputed, says a webhook."""
    return payment_events.handle(run, intent_id)
