"""Tasks of the clock that make up for what was lost on its way to us; and those that ask after a single thing."""

from uuid import UUID

from worker import looking_up, reconciling, watching
from worker.job import Job, Outcome, clock_task, task


@clock_task("reconcile_inbound_texts")
def reconcile_inbound_texts(job: Job) -> Outcome:
    """Reads the carrier's list of texts for those that found the door shut."""
    return {"outcome": "reconciled", "found": reconciling.inbound_texts(job)}


@clock_task("reconcile_stripe_events")
def reconcile_stripe_events(job: Job) -> Outcome:
    """Reads the list of events for those that never came."""
    return {"outcome": "reconciled", "found": reconciling.stripe_events(job)}


@clock_task("reconcile_open_intents")
def reconcile_open_intents(job: Job) -> Outcome:
    """Has payments looked up that nothing was heard of for a while, and dead holds' payments cancelled."""
    found = reconciling.overdue_words(job, "look_up_payment") + reconciling.orphans(job, "cancel_payment")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_unknown_texts")
def reconcile_unknown_texts(job: Job) -> Outcome:
    """Has texts looked up whose fate nobody told."""
    found = reconciling.overdue_words(job, "look_up_message") + reconciling.orphans(job, "send_message")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_refunds")
def reconcile_refunds(job: Job) -> Outcome:
    """Has refunds made that nobody is making."""
    return {"outcome": "reconciled", "found": reconciling.orphans(job, "refund_payment")}


@clock_task("check_invariants")
def check_invariants(job: Job) -> Outcome:
    """Asks whether the promises hold."""
    return {"outcome": "checked", "violations": len(watching.check(job))}


@task("look_up_payment")
def look_up_payment(job: Job, payment_id: str) -> Outcome:
    """Asks how a payment stands whose webhooks may have got lost."""
    return looking_up.look_up_payment(job, UUID(payment_id))


@task("look_up_message")
def look_up_message(job: Job, message_id: str) -> Outcome:
    """Asks how far a text has come whose callbacks may have got lost."""
    return looking_up.look_up_message(job, UUID(message_id))
