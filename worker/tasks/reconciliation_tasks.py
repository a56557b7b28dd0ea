"""Tasks of the clock that make up for what was lost on its way to us; and those that ask after a single thing."""

from uuid import UUID

from worker import invariant_checks
from worker.reconciliation import find_missed, look_up
from worker.task_run import Outcome, TaskRun, clock_task, task


@clock_task("reconcile_inbound_texts")
def reconcile_inbound_texts(run: TaskRun) -> Outcome:
    """Reads the carrier's list of texts for those that found the door shut."""
    return {"outcome": "reconciled", "found": find_missed.find_inbound_texts(run)}


@clock_task("reconcile_stripe_events")
def reconcile_stripe_events(run: TaskRun) -> Outcome:
    """Reads the list of events for those that never came."""
    return {"outcome": "reconciled", "found": find_missed.find_stripe_events(run)}


@clock_task("reconcile_open_intents")
def reconcile_open_intents(run: TaskRun) -> Outcome:
    """Has payments looked up that nothing was heard of for a while, and dead holds' payments cancelled."""
    found = find_missed.ask_about_overdue(run, "look_up_payment") + find_missed.find_orphans(run, "cancel_payment")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_unknown_texts")
def reconcile_unknown_texts(run: TaskRun) -> Outcome:
    """Has texts looked up whose fate nobody told."""
    found = find_missed.ask_about_overdue(run, "look_up_message") + find_missed.find_orphans(run, "send_message")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_refunds")
def reconcile_refunds(run: TaskRun) -> Outcome:
    """Has refunds made that nobody is making."""
    return {"outcome": "reconciled", "found": find_missed.find_orphans(run, "refund_payment")}


@clock_task("check_invariants")
def check_invariants(run: TaskRun) -> Outcome:
    """Asks whether the promises hold."""
    return {"outcome": "checked", "violations": len(invariant_checks.check(run))}


@task("look_up_payment")
def look_up_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Asks how a payment stands whose webhooks may have got lost."""
    return look_up.look_up_payment(run, UUID(payment_id))


@task("look_up_message")
def look_up_message(run: TaskRun, message_id: str) -> Outcome:
    """Asks how far a text has come whose callbacks may have got lost."""
    return look_up.look_up_message(run, UUID(message_id))
