"""Tasks about payments. A webhook only names the intent; its state is read from Stripe."""

from uuid import UUID

from worker.payments import cancel_then_release, create_intent, payment_events, refund, requested_refunds
from worker.task_run import Outcome, TaskRun, task


@task("create_payment")
def create_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Creates the PaymentIntent of a hold, with a fixed idempotency key."""
    return create_intent.create(run, UUID(payment_id))


@task("cancel_payment")
def cancel_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Cancels the PaymentIntent, then releases the slot."""
    return cancel_then_release.cancel(run, UUID(payment_id))


@task("refund_payment")
def refund_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Refunds a payment that arrived too late, once."""
    return refund.refund(run, UUID(payment_id))


@task("send_refund")
def send_refund(run: TaskRun, refund_id: str) -> Outcome:
    """Makes a refund that staff requested, once."""
    return requested_refunds.send(run, UUID(refund_id))


@task("handle_payment_success")
def handle_payment_success(run: TaskRun, intent_id: str) -> Outcome:
    """Handles a webhook about a paid deposit."""
    return payment_events.handle(run, intent_id)


@task("handle_payment_failure")
def handle_payment_failure(run: TaskRun, intent_id: str) -> Outcome:
    """Handles a webhook about a declined card."""
    return payment_events.handle(run, intent_id)


@task("handle_payment_change")
def handle_payment_change(run: TaskRun, intent_id: str) -> Outcome:
    """Handles a webhook about a cancelled, processing, refunded or disputed payment."""
    return payment_events.handle(run, intent_id)
