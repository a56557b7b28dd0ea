"""Delivery statuses of our texts, one webhook for each status of each text."""

from datetime import timedelta
from uuid import UUID

from db.sessions import Speaker
from db.sql import read
from domain.delivery import NOT_ARRIVED, MessageStatus, below, reached
from intake import next_tasks, recording
from intake.recording import IncomingWebhook
from intake.twilio_payload import as_payload, fingerprint, record_unreadable, status_id
from providers.twilio.webhook_forms import StatusCallback, UnreadableForm, read_status

BEING_SENT = timedelta(seconds=15)
"""How long after its claim a text counts as being sent.

This is longer than the timeouts of the call to the carrier.
"""

RECORD = recording.recording_for(
    "SELECT shop_id FROM messages WHERE id = :message_id", applied=read("apply_delivery_status.sql").rstrip()
)


def record(session: Speaker, message_id: UUID, form: dict[str, list[str]]) -> UUID | None:
    """Records the status callback of our text `message_id`.

    Returns the id of the webhook, or None if it was recorded before. Nearly all callbacks only advance the text,
    which needs no task. A callback for an unknown text is recorded under a fingerprint, so that it can't take the
    place of a valid one.
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
    return recording.record(session, RECORD, webhook, message_id=message_id, **_values(status))


def _values(status: StatusCallback) -> dict[str, object]:
    """The parameters of apply_delivery_status.sql."""
    moved_to = reached(status.status.value)
    return {
        "status": moved_to.value,
        "below": below(moved_to),
        "arrived": moved_to not in NOT_ARRIVED,
        "is_final": moved_to is not MessageStatus.SENT,
        "carrier_status": status.status.value,
        "error_code": str(status.error_code) if status.error_code else None,
        "sid": status.message_sid,
        "being_sent": BEING_SENT,
    }
