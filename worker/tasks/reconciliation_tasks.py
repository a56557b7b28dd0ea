"""Tasks that find missed webhooks, and tasks that look up one payment or message."""

from uuid import UUID

from worker import invariant_checks
from worker.reconciliation import find_missed, look_up
from worker.task_run import Outcome, TaskRun, clock_task, task


@clock_task("reconcile_inbound_texts")
def reconcile_inbound_texts(run: TaskRun) -> Outcome:
    """Reads the carrier's list of texts and records those whose webhooks were missed."""
    return {"outcome": "reconciled", "found": find_missed.find_inbound_texts(run)}


@clock_task("reconcile_stripe_events")
def reconcile_stripe_events(run: TaskRun) -> Outcome:
    """Reads Stripe's list of events and records those whose webhooks were missed."""
    return {"outcome": "reconciled", "found": find_missed.find_stripe_events(run)}


@clock_task("reconcile_open_intents")
def reconcile_open_intents(run: TaskRun) -> Outcome:
    """Looks up payments with an overdue status, and cancels the payments of ended holds."""
    found = find_missed.ask_about_overdue(run, "look_up_payment") + find_missed.find_orphans(run, "cancel_payment")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_unknown_texts")
def reconcile_unknown_texts(run: TaskRun) -> Outcome:
    """Looks up texts with an overdue status, and sends texts that have no task."""
    found = find_missed.ask_about_overdue(run, "look_up_message") + find_missed.find_orphans(run, "send_message")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_refunds")
def reconcile_refunds(run: TaskRun) -> Outcome:
    """Makes refunds that have no task."""
    return {"outcome": "reconciled", "found": find_missed.find_orphans(run, "refund_payment", "send_refund")}


@clock_task("check_invariants")
def check_invariants(run: TaskRun) -> Outcome:
    """Checks the invariants."""
    return {"outcome": "checked", "violations": len(invariant_checks.check(run))}


@task("look_up_payment")
def look_up_payment(run: TaskRun, payment_id: str) -> Outcome:
    """Looks up the state of a payment whose webhooks may be lost."""
    return look_up.look_up_payment(run, UUID(payment_id))


@task("look_up_message")
def look_up_message(run: TaskRun, message_id: str) -> Outcome:
    """Looks up the status of a text whose callbacks may be lost."""
    return look_up.look_up_message(run, UUID(message_id))
