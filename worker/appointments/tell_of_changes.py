"""Notifies customers once, on one channel, outside quiet hours, that the shop moved or cancelled an appointment."""

from uuid import UUID

from sqlalchemy.orm import Session

from db.messages import recipients
from db.messages.message_drafts import purpose_key
from domain.templates import TextKind
from messaging.channel_choice import quiet_until
from messaging.customer_messages import CustomerMessage, write_customer_messages
from worker.dependencies import Dependencies


def tell(session: Session, dependencies: Dependencies, kind: TextKind, appointment_id: UUID, *, about: UUID) -> None:
    """Writes the message once. `about`: the id of the move or of the cancelled appointment."""
    to = recipients.of_appointment(session, appointment_id)
    message = CustomerMessage(
        kind=kind,
        to=to,
        key=purpose_key(kind.value, about),
        link=f"{dependencies.app_url}/manage/{to.manage_token}",
        not_before=quiet_until(to),
    )
    write_customer_messages(session, dependencies.senders, [message])
