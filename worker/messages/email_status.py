"""Records what became of an e-mail, and applies it to the offer that the e-mail brings."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db import email_consent, messages, webhook_events
from domain.delivery import MessageStatus
from providers.email.resend_webhooks import EmailFate, fate_of
from worker.messages.message_status import mark_undeliverable
from worker.task_run import Outcome, TaskRun

BOUNCED = "The e-mail could not be delivered."
GIVE_UP = timedelta(minutes=1)


def update_email_status(run: TaskRun, email_id: str) -> Outcome:
    """Advances the message to the reported status; a status never goes back."""
    with run.transaction() as session:
        event = webhook_events.of_task(session, run.webhook_event_id)
        fate = fate_of(event.payload) if event else None
        message_id = messages.with_provider_id(session, email_id)
        if fate is None or message_id is None:
            # The report may be here before the answer to our call is recorded.
            late = fate is None or run.row is None or run.row.age > GIVE_UP
            if late:
                return run.settle(session, {"outcome": "no such e-mail"})
            return run.retry_when_available(session, reason="The e-mail is not known yet.")
        RECORD[fate](session, run, message_id)
        return run.settle(session, {"outcome": fate.value})


def _delivered(session: Session, run: TaskRun, message_id: UUID) -> None:
    messages.climb(session, message_id, MessageStatus.DELIVERED)


def _undelivered(session: Session, run: TaskRun, message_id: UUID) -> None:
    if messages.climb(session, message_id, MessageStatus.UNDELIVERED):
        mark_undeliverable(session, run, messages.subject(session, message_id), BOUNCED)


def _complained(session: Session, run: TaskRun, message_id: UUID) -> None:
    """Whoever reports an e-mail as spam wants no more of them."""
    messages.climb(session, message_id, MessageStatus.DELIVERED)
    email_consent.end_after_complaint(session, message_id)


RECORD: dict[EmailFate, Callable[[Session, TaskRun, UUID], None]] = {
    EmailFate.DELIVERED: _delivered,
    EmailFate.UNDELIVERED: _undelivered,
    EmailFate.COMPLAINED: _complained,
}
