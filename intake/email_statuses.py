"""Reports about our e-mails, received from the e-mail provider."""

from uuid import UUID

from db.sessions import Speaker
from db.webhooks import webhook_events
from intake import next_tasks, recording
from intake.recording import IncomingWebhook
from providers.email.resend_webhooks import EmailReport

RECORD = recording.recording_for("SELECT shop_id FROM messages WHERE provider_id = :email_id")


def record(session: Speaker, report: EmailReport) -> UUID | None:
    """Records the report.

    Returns the id of the webhook, or None if it was recorded before. The task is written even for an unknown e-mail,
    because the response to our own call, with its id, may follow.
    """
    if report.result is None:
        return webhook_events.record(
            session,
            provider="resend",
            event_id=report.event_id,
            type=report.type,
            payload=report.payload,
            outcome="ignored",
        )
    webhook = IncomingWebhook(
        provider="resend",
        event_id=report.event_id,
        type=report.type,
        payload=report.payload,
        task=next_tasks.AFTER_EMAIL_STATUS,
        argument=report.email_id,
    )
    return recording.record(session, RECORD, webhook, email_id=report.email_id)
