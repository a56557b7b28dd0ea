"""Records the e-mail provider's reports about our e-mails."""

from uuid import UUID

from db.sessions import Speaker
from db.webhooks import webhook_events
from db.webhooks.webhook_events import IncomingWebhook
from providers.email.resend_webhooks import EmailReport

RECORD = webhook_events.recording_for("SELECT shop_id FROM messages WHERE provider_id = :email_id")


def record(session: Speaker, report: EmailReport) -> UUID | None:
    """Records the report.

    Returns the id of the webhook, or None if the webhook was recorded before. Adds a task even for an unknown e-mail,
    because the response to our own call, which contains the id of the e-mail, may arrive later.
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
        task="update_email_status",
        argument=report.email_id,
    )
    return webhook_events.record_with_task(session, RECORD, webhook, email_id=report.email_id)
