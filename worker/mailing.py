"""Sending an e-mail: claim and commit, call, record. Whether a second call is safe is the carrier's to say."""

from collections.abc import Callable
from datetime import timedelta

from db import messages
from db.messages import Outgoing
from domain.delivery import MessageStatus
from domain.effects import Severity, TellStaff
from providers.email.port import Email, EmailNotSent, EmailSent, Kind
from worker.effects import tell_staff
from worker.job import Job, Outcome
from worker.notices import unsubscribe_url

BACK_OFF = {Kind.LATER: timedelta(seconds=30), Kind.OURS_TO_FIX: timedelta(minutes=5)}


def send(job: Job, message: Outgoing) -> Outcome:
    """The same key every time: a carrier that remembers keys takes it once, however often we call."""
    if _could_arrive_twice(job, message):
        return _unknown(job, message, EmailNotSent(Kind.UNKNOWN, "Nobody can find out whether it was sent before."))
    answer = job.tools.email.send(_email(job, message), idempotency_key=f"message:{message.id}")
    if isinstance(answer, EmailSent):
        with job.transaction() as session:
            messages.climb(session, message.id, MessageStatus.SENT, provider_id=answer.id)
            return job.settle(session, {"outcome": "sent", "id": answer.id})
    return RECORD[answer.kind](job, message, answer)


def _could_arrive_twice(job: Job, message: Outgoing) -> bool:
    """An earlier call may have been taken: one whose outcome was never recorded, or, with a carrier that makes
    repeats safe for a while, any."""
    memory = job.tools.email.remembers_keys
    tried = message.already_claimed or (bool(memory) and message.attempts > 1)
    return tried and message.now - message.created_at >= memory


def _email(job: Job, message: Outgoing) -> Email:
    token = message.unsubscribe_token
    stop = unsubscribe_url(job.tools.app_url, message.id, token) if token else None
    return Email(
        to=message.to_address,
        subject=message.subject or "",
        text=message.body,
        html=message.html,
        sender=message.from_address or None,
        unsubscribe_url=stop,
    )


def _refused(job: Job, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with job.transaction() as session:
        messages.climb(session, message.id, MessageStatus.FAILED)
        return job.settle(session, {"outcome": "refused", "because": answer.reason})


def _unknown(job: Job, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with job.transaction() as session:
        messages.climb(session, message.id, MessageStatus.UNKNOWN)
        return job.settle(session, {"outcome": "unknown", "because": answer.reason})


def _later(job: Job, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with job.transaction() as session:
        messages.give_back(session, message.id, error_code=None)
        if answer.kind is Kind.OURS_TO_FIX:
            told = TellStaff("provider_refuses", answer.reason, Severity.CRITICAL)
            key = f"email_refused:{message.shop_id}:{message.now:%Y-%m-%d}"
            tell_staff(session, shop_id=message.shop_id, effect=told, dedupe_key=key)
        return job.later(session, delay=BACK_OFF[answer.kind], because=answer.reason)


RECORD: dict[Kind, Callable[[Job, Outgoing, EmailNotSent], Outcome]] = {
    Kind.REFUSED: _refused,
    Kind.UNKNOWN: _unknown,
    Kind.LATER: _later,
    Kind.OURS_TO_FIX: _later,
}
