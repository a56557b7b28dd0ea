"""Tasks about money. Webhooks name the intent; what to believe is read from the payment company."""

from uuid import UUID

from worker import paying, payment_news, refunding, releasing
from worker.job import Job, Outcome, task


@task("create_payment")
def create_payment(job: Job, payment_id: str) -> Outcome:
    """Asks for the intent of a hold, under the payment's own key."""
    return paying.create(job, UUID(payment_id))


@task("cancel_payment")
def cancel_payment(job: Job, payment_id: str) -> Outcome:
    """Makes sure that this payment can't succeed any more; then the slot moves on."""
    return releasing.cancel(job, UUID(payment_id))


@task("refund_payment")
def refund_payment(job: Job, payment_id: str) -> Outcome:
    """Gives back what arrived in spite of all, once."""
    return refunding.refund(job, UUID(payment_id))


@task("handle_payment_success")
def handle_payment_success(job: Job, intent_id: str) -> Outcome:
    """The deposit is paid, says a webhook."""
    return payment_news.hear(job, intent_id)


@task("handle_payment_failure")
def handle_payment_failure(job: Job, intent_id: str) -> Outcome:
    """A card was declined, says a webhook."""
    return payment_news.hear(job, intent_id)


@task("handle_payment_change")
def handle_payment_change(job: Job, intent_id: str) -> Outcome:
    """Cancelled, processing, refunded or disputed, says a webhook."""
    return payment_news.hear(job, intent_id)
