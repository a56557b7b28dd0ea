"""Records the delivery statuses of our texts. Each status arrives in a separate webhook."""

from datetime import timedelta
from uuid import UUID

from db.sessions import Speaker
from db.sql import read
from db.webhooks import webhook_events
from db.webhooks.webhook_events import IncomingWebhook
from domain.delivery import NOT_ARRIVED, MessageStatus, below, reached
from providers.twilio.webhook_forms import (
    StatusCallback,
    UnreadableForm,
    as_payload,
    fingerprint,
    read_status,
    status_id,
)

BEING_SENT = timedelta(seconds=15)
"""The time after the claim of a text for which the attempt to send it is considered to be in progress.

It exceeds the timeouts of the call to the carrier.
"""

AFTER_DELIVERY_STATUS = "update_message_status"

RECORD = webhook_events.recording_for(
    "SELECT shop_id FROM messages WHERE id = :message_id", applied=read("apply_delivery_status.sql").rstrip()
)


def record(session: Speaker, message_id: UUID, form: dict[str, list[str]]) -> UUID | None:
    """Records a status callback for our text `message_id`.

    Returns the id of the webhook, or None if the webhook was recorded before. Nearly all callbacks only advance the
    text and need no task. A callback for an unknown text is recorded under a fingerprint, so that it can't take the
    place of a valid callback.
    """
    status, payload = read_status(form), as_payload(form) | {"message_id": str(message_id)}
    if isinstance(status, UnreadableForm):
        return webhook_events.record_unreadable(
            session,
            provider="twilio",
            event_id=fingerprint(payload),
            type="status",
            payload=payload,
            reason=status.reason,
        )
    webhook = IncomingWebhook(
        provider="twilio",
        event_id=status_id(payload),
        type="status",
        payload=payload,
        task=AFTER_DELIVERY_STATUS,
        argument=message_id,
        outcome_without_shop="no such message",
        id_without_shop=fingerprint(payload),
    )
    return webhook_events.record_with_task(session, RECORD, webhook, message_id=message_id, **_values(status))


def _values(status: StatusCallback) -> dict[str, object]:
    """Returns the parameters of apply_delivery_status.sql."""
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
