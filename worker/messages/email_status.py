"""Records reports about sent e-mails, and ends an offer whose e-mail could not be delivered."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db.customers import email_consent
from db.messages import messages
from db.webhooks import webhook_events
from domain.delivery import MessageStatus
from providers.email.resend_webhooks import EmailResult, result_of
from worker.messages.message_status import mark_undeliverable
from worker.task_run import Outcome, TaskRun, task

BOUNCED = "The e-mail could not be delivered."
GIVE_UP = timedelta(minutes=1)


@task("update_email_status")
def update_email_status(run: TaskRun, email_id: str) -> Outcome:
    """Records a report from the e-mail provider. `email_id`: the provider's id.

    A status never moves backwards.
    """
    with run.transaction() as session:
        event = webhook_events.of_task(session, run.webhook_event_id)
        result = result_of(event.payload) if event else None
        message_id = messages.with_provider_id(session, email_id)
        if result is None or message_id is None:
            # The report may arrive before the response to our call is recorded.
            late = result is None or run.row is None or run.row.age > GIVE_UP
            if late:
                return run.settle(session, {"outcome": "no such e-mail"})
            return run.retry_when_available(session, reason="The e-mail is not known yet.")
        RECORD[result](session, run, message_id)
        return run.settle(session, {"outcome": result.value})


def _delivered(session: Session, run: TaskRun, message_id: UUID) -> None:
    messages.advance(session, message_id, MessageStatus.DELIVERED)


def _undelivered(session: Session, run: TaskRun, message_id: UUID) -> None:
    if messages.advance(session, message_id, MessageStatus.UNDELIVERED):
        mark_undeliverable(session, run, messages.subject(session, message_id), BOUNCED)


def _complained(session: Session, run: TaskRun, message_id: UUID) -> None:
    """Stops all e-mails to the customer after a spam report."""
    messages.advance(session, message_id, MessageStatus.DELIVERED)
    email_consent.end_after_complaint(session, message_id)


RECORD: dict[EmailResult, Callable[[Session, TaskRun, UUID], None]] = {
    EmailResult.DELIVERED: _delivered,
    EmailResult.UNDELIVERED: _undelivered,
    EmailResult.COMPLAINED: _complained,
}
