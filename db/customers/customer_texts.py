"""Notifies staff of texts from customers that need attention."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages import notifications
from domain.channels import PHONE_CHANNELS

KIND = "customer_text"

WRITER = text("""
SELECT c.id, c.shop_id, c.name,
       (SELECT a.id FROM appointments a
         WHERE a.customer_id = c.id AND a.status = 'booked' AND a.starts_at > (SELECT clock_timestamp())
         ORDER BY a.starts_at LIMIT 1) AS appointment_id
  FROM customers c WHERE c.id = :id
""")


SENDERS = {
    one.channel.value: text(f"SELECT {one.sender} FROM shops WHERE id = :id")  # noqa: S608 - constants
    for one in PHONE_CHANNELS
}


def sender(session: Session, shop_id: UUID, channel: str) -> str | None:
    """Returns the shop's number for this channel, or None."""
    number: str | None = session.execute(SENDERS[channel], {"id": shop_id}).scalar_one()
    return number


@dataclass(frozen=True, slots=True)
class Writer:
    """The customer who wrote a text. `appointment_id` is the customer's next booked appointment."""

    id: UUID
    shop_id: UUID
    name: str
    appointment_id: UUID | None


def writer(session: Session, customer_id: UUID) -> Writer:
    return Writer(*session.execute(WRITER, {"id": customer_id}).one())


def notify_staff(session: Session, by: Writer, *, text: str, provider_id: str) -> bool:
    """Notifies staff once for each text. Returns False if they were already notified.

    The notification's key contains `provider_id`, by which `db/customers/forgetting.py` finds the notification.
    """
    return notifications.notify(
        session,
        shop_id=by.shop_id,
        kind=KIND,
        text=text,
        appointment_id=by.appointment_id,
        dedupe_key=f"{KIND}:{provider_id}",
    )
