"""What the carrier tells of our texts: recorded, each step of each text with its task."""

from typing import Any
from uuid import UUID

from db.sessions import Speaker
from domain.delivery import MessageStatus, below
from intake import recording
from intake.recording import IncomingWebhook

# Of each text the carrier tells that it left, mostly after its own answer to us has said so: half of all callbacks.
RECORD = recording.shop_of_number(
    "SELECT shop_id FROM messages WHERE id = :message_id",
    needless="""EXISTS (SELECT 1 FROM messages
             WHERE id = :message_id AND provider_id = :sid AND status <> ALL(CAST(:below AS text[])))""",
)


def record(
    session: Speaker,
    *,
    message_id: UUID,
    sid: str,
    reached: MessageStatus,
    event_id: str,
    strange_id: str,
    payload: dict[str, Any],
) -> UUID | None:
    """Writes down a step of our text `message_id`, and the task that believes it; None: known already.

    A text that is known to have come at least as far as it has `reached` by this step needs no task. One of no text
    of ours is kept under its `strange_id`: it must not stand in the way of a true one.
    """
    step = IncomingWebhook(
        provider="twilio",
        event_id=event_id,
        type="status",
        payload=payload,
        task="update_message_status",
        argument=message_id,
        otherwise="no such message",
        strange_id=strange_id,
    )
    return recording.write(session, RECORD, step, message_id=message_id, sid=sid, below=below(reached))
