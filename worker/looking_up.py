"""Asks the providers about what they keep silent on: again and again, ever more seldom, until there is an answer."""

from datetime import timedelta
from uuid import UUID

from db import messages, payments, reconciliation
from db.reconciliation import Doubtful
from domain.delivery import REACHED
from domain.state import OPEN_PAYMENTS, PaymentStatus
from providers.stripe.events import IntentChange
from providers.stripe.outcomes import Later
from providers.twilio.inbound import Channel, StatusCallback
from providers.twilio.outcomes import Carried, NotThere, Unknown
from worker import derived, payment_news, sending
from worker.job import Job, Outcome
from worker.reconciling import STALE_AFTER

SOONEST, LATEST = timedelta(minutes=2), timedelta(hours=6)


def look_up_payment(job: Job, payment_id: UUID) -> Outcome:
    """Reads an intent whose webhooks may have got lost, and believes it."""
    with job.transaction() as session:
        payment = payments.find(session, payment_id)
        age = reconciliation.age_of_payment(session, payment_id) if payment else timedelta()
    if payment is None or payment.intent_id is None or payment.status not in OPEN_PAYMENTS:
        return {"outcome": "known"}
    intent = job.tools.stripe.retrieve(payment.intent_id)
    if isinstance(intent, Later):
        return _again(job, age, "look_up_payment", intent.reason)
    news = payment_news.as_event(payment.intent_id, intent, None)
    if news is not None and (news.change is not IntentChange.PROCESSING or payment.status is PaymentStatus.PENDING):
        return payment_news.believe(job, payment, news)
    return _again(job, age, "look_up_payment", "The payment company has nothing new to say.")


def look_up_message(job: Job, message_id: UUID) -> Outcome:
    """Reads how far a text has come whose callbacks may have got lost, or looks whether there is one at all."""
    with job.transaction() as session:
        message = reconciliation.message(session, message_id)
    if message is None or message.status not in {"sent", "unknown"}:
        return {"outcome": "known"}
    carried = _ask(job, message)
    if not isinstance(carried, Carried) or carried.status is None:
        because = carried.reason if isinstance(carried, Unknown) else "The carrier has no such text."
        return _again(job, message.age, "look_up_message", because)
    heard = StatusCallback.model_validate(
        {"MessageSid": carried.sid, "MessageStatus": carried.status, "ErrorCode": carried.error_code}
    )
    with job.transaction() as session:
        outcome = sending.believe(session, job, message_id, heard)
    if carried.status.value in REACHED:
        with job.transaction() as session:
            return job.settle(session, outcome)
    return _again(job, message.age, "look_up_message", "The carrier has nothing new to say.")


def _ask(job: Job, message: Doubtful) -> Carried | NotThere | Unknown:
    if message.provider_id:
        return job.tools.twilio.fetch(message.provider_id)
    body = message.body
    with job.transaction() as session:
        known = messages.sids_to(session, message.to_address, since=message.sent_at)
        if derived.is_derived(message.purpose_key):
            words = derived.words(session, job.tools, message.purpose_key)
            if words is None:
                return NotThere()
            body = words.body
    return job.tools.twilio.find(
        from_=message.from_address,
        to=message.to_address,
        body=body,
        sent_after=message.sent_at,
        known=known,
        channel=Channel(message.channel),
    )


def _again(job: Job, age: timedelta, task: str, because: str) -> Outcome:
    with job.transaction() as session:
        if age > STALE_AFTER[task]:
            return job.settle(session, {"outcome": "given up", "because": because})
        return job.later(session, delay=min(max(age / 2, SOONEST), LATEST), because=because)
