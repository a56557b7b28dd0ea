"""Sends a claimed e-mail and records the outcome. The provider determines whether a second call is safe."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from db.messages import messages
from db.messages.messages import Outgoing
from domain import events as ev
from domain.delivery import MessageStatus
from domain.effects import NotifyStaff, Severity
from messaging.channel_drafts import unsubscribe_url
from messaging.staff_notifications import notify_staff
from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSent
from worker.messages.message_status import apply_to_offer, mark_undeliverable
from worker.task_run import Outcome, TaskRun

BACK_OFF = {EmailFailureKind.LATER: timedelta(seconds=30), EmailFailureKind.OURS_TO_FIX: timedelta(minutes=5)}


def send(run: TaskRun, message: Outgoing) -> Outcome:
    """Uses one idempotency key for all attempts, so a provider that remembers keys sends the e-mail only once."""
    if _could_arrive_twice(run, message):
        return _unknown(
            run,
            message,
            EmailNotSent(EmailFailureKind.UNKNOWN, "It can't be determined whether it was already sent."),
        )
    answer = run.dependencies.email.send(_email(run, message), idempotency_key=f"message:{message.id}")
    if isinstance(answer, EmailSent):
        with run.transaction() as session:
            messages.advance(session, message.id, MessageStatus.SENT, provider_id=answer.id)
            apply_to_offer(session, run, message, ev.OfferSent)
            return run.settle(session, {"outcome": "sent", "id": answer.id})
    return RECORD[answer.kind](run, message, answer)


def _could_arrive_twice(run: TaskRun, message: Outgoing) -> bool:
    """Whether the provider may have accepted an earlier call and would not recognise the repetition.

    Considers earlier calls without a recorded outcome and, if the provider remembers keys for a limited time, all
    earlier calls.
    """
    memory = run.dependencies.email.remembers_keys
    tried = message.already_claimed or (bool(memory) and message.attempts > 1)
    return tried and message.now - message.created_at >= memory


def _email(run: TaskRun, message: Outgoing) -> Email:
    token = message.unsubscribe_token
    stop = unsubscribe_url(run.dependencies.app_url, message.id, token) if token else None
    return Email(
        to=message.to_address,
        subject=message.subject or "",
        text=message.body,
        html=message.html,
        sender=message.from_address or None,
        unsubscribe_url=stop,
    )


def _refused(run: TaskRun, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with run.transaction() as session:
        messages.advance(session, message.id, MessageStatus.FAILED)
        mark_undeliverable(session, run, messages.subject(session, message.id), answer.reason)
        return run.settle(session, {"outcome": "refused", "reason": answer.reason})


def _unknown(run: TaskRun, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with run.transaction() as session:
        messages.advance(session, message.id, MessageStatus.UNKNOWN)
        mark_undeliverable(session, run, messages.subject(session, message.id), answer.reason)
        return run.settle(session, {"outcome": "unknown", "reason": answer.reason})


def _later(run: TaskRun, message: Outgoing, answer: EmailNotSent) -> Outcome:
    with run.transaction() as session:
        messages.give_back(session, message.id, may_have_arrived=answer.kind is EmailFailureKind.LATER)
        retry_at = message.now + BACK_OFF[answer.kind]
        apply_to_offer(session, run, message, partial(ev.OfferDelayed, retry_at=retry_at))
        if answer.kind is EmailFailureKind.OURS_TO_FIX:
            effect = NotifyStaff("provider_refuses", answer.reason, Severity.CRITICAL)
            key = f"email_refused:{message.shop_id}:{message.now:%Y-%m-%d}"
            notify_staff(session, shop_id=message.shop_id, effect=effect, dedupe_key=key)
        return run.later(session, delay=BACK_OFF[answer.kind], reason=answer.reason)


RECORD: dict[EmailFailureKind, Callable[[TaskRun, Outgoing, EmailNotSent], Outcome]] = {
    EmailFailureKind.REFUSED: _refused,
    EmailFailureKind.UNKNOWN: _unknown,
    EmailFailureKind.LATER: _later,
    EmailFailureKind.OURS_TO_FIX: _later,
}
