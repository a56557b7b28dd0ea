"""Looks up payments and texts at the provider, at growing intervals, until they have a final status."""

from datetime import timedelta
from uuid import UUID

from db.messages import messages
from db.money import payments, reconciliation
from db.money.reconciliation import UnknownText
from domain.channels import Channel
from domain.delivery import REACHED
from domain.state import OPEN_PAYMENTS, PaymentStatus
from messaging import derived_bodies
from providers.stripe.stripe_events import IntentChange
from providers.stripe.stripe_results import Later
from providers.twilio.twilio_results import Carried, MessageNotThere, Unknown
from providers.twilio.webhook_forms import StatusCallback
from worker.messages.message_status import record_status
from worker.payments import payment_events
from worker.reconciliation.find_missed import STALE_AFTER
from worker.task_run import Outcome, TaskRun, task

SOONEST, LATEST = timedelta(minutes=2), timedelta(hours=6)


@task("look_up_payment")
def look_up_payment(run: TaskRun, payment_id: UUID) -> Outcome:
    """Looks up the state of a payment whose webhooks may have been lost."""
    with run.transaction() as session:
        payment = payments.find(session, payment_id)
        age = reconciliation.age_of_payment(session, payment_id) if payment else timedelta()
    if payment is None or payment.intent_id is None or payment.status not in OPEN_PAYMENTS:
        return {"outcome": "known"}
    intent = run.dependencies.stripe.retrieve(payment.intent_id)
    if isinstance(intent, Later):
        return _again(run, age, "look_up_payment", intent.reason)
    reported = payment_events.as_event(payment.intent_id, intent, None)
    if reported is not None and (
        reported.change is not IntentChange.PROCESSING or payment.status is PaymentStatus.PENDING
    ):
        return payment_events.apply_intent_event(run, payment, reported)
    return _again(run, age, "look_up_payment", "Stripe reports no change.")


@task("look_up_message")
def look_up_message(run: TaskRun, message_id: UUID) -> Outcome:
    """Looks up the status of a text whose callbacks may have been lost.

    If the SID is unknown, searches for the text first.
    """
    with run.transaction() as session:
        message = reconciliation.message(session, message_id)
    if message is None or message.status not in {"sent", "unknown"}:
        return {"outcome": "known"}
    carried = _ask(run, message)
    if not isinstance(carried, Carried) or carried.status is None:
        reason = carried.reason if isinstance(carried, Unknown) else "The carrier has no such text."
        return _again(run, message.age, "look_up_message", reason)
    callback = StatusCallback.model_validate(
        {"MessageSid": carried.sid, "MessageStatus": carried.status, "ErrorCode": carried.error_code}
    )
    with run.transaction() as session:
        outcome = record_status(session, run, message_id, callback)
    if carried.status.value in REACHED:
        with run.transaction() as session:
            return run.settle(session, outcome)
    return _again(run, message.age, "look_up_message", "The carrier reports no change.")


def _ask(run: TaskRun, message: UnknownText) -> Carried | MessageNotThere | Unknown:
    if message.provider_id:
        return run.dependencies.twilio.fetch(message.provider_id)
    body = message.body
    with run.transaction() as session:
        known = messages.sids_to(session, message.to_address, since=message.sent_at)
        if derived_bodies.is_derived(message.purpose_key):
            derived = derived_bodies.derive(session, run.dependencies.senders, message.purpose_key)
            if derived is None:
                return MessageNotThere()
            body = derived.body
    return run.dependencies.twilio.find(
        from_=message.from_address,
        to=message.to_address,
        body=body,
        sent_after=message.sent_at,
        known=known,
        channel=Channel(message.channel),
    )


def _again(run: TaskRun, age: timedelta, task: str, reason: str) -> Outcome:
    with run.transaction() as session:
        if age > STALE_AFTER[task]:
            return run.settle(session, {"outcome": "given up", "reason": reason})
        return run.later(session, delay=min(max(age / 2, SOONEST), LATEST), reason=reason)
