"""Delivery statuses of our texts, one webhook for each status of each text."""

from uuid import UUID

from db.sessions import Speaker
from domain.delivery import below, reached
from intake import next_tasks, recording
from intake.recording import IncomingWebhook
from intake.twilio_payload import as_payload, fingerprint, record_unreadable, status_id
from providers.twilio.webhook_forms import UnreadableForm, read_status

# Half of all callbacks report "sent" for a text that the carrier's response has already reported as sent.
RECORD = recording.recording_for(
    "SELECT shop_id FROM messages WHERE id = :message_id",
    superfluous="""EXISTS (SELECT 1 FROM messages
             WHERE id = :message_id AND provider_id = :sid AND status <> ALL(CAST(:below AS text[])))""",
)


def record(session: Speaker, message_id: UUID, form: dict[str, list[str]]) -> UUID | None:
    """Records the status callback of our text `message_id`.

    Returns its id, or None if it was recorded before. A status that the text already has needs no task. A callback
    for an unknown text is recorded under a fingerprint, so that it can't take the place of a valid one.
    """
    status, payload = read_status(form), as_payload(form) | {"message_id": str(message_id)}
    if isinstance(status, UnreadableForm):
        return record_unreadable(
            session, type="status", event_id=fingerprint(payload), payload=payload, reason=status.reason
        )
    webhook = IncomingWebhook(
        provider="twilio",
        event_id=status_id(payload),
        type="status",
        payload=payload,
        task=next_tasks.AFTER_DELIVERY_STATUS,
        argument=message_id,
        outcome_without_shop="no such message",
        id_without_shop=fingerprint(payload),
    )
    lower = below(reached(status.status.value))
    return recording.record(session, RECORD, webhook, message_id=message_id, sid=status.message_sid, below=lower)
