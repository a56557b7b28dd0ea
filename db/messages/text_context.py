"""The context of a text: the customer, their shop, the booking and its payment, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import ACCEPTS_REMINDERS, SENDERS
from db.sql import read

CONTEXT = text(
    read("text_context.sql").replace("/* senders */", SENDERS).replace("/* agreed to */", ACCEPTS_REMINDERS)
)


def find(
    session: Session,
    *,
    kind: str,
    customer_id: UUID,
    slot_opening_id: UUID | None,
    appointment_id: UUID | None,
    payment_id: UUID | None,
) -> RowMapping:
    """Returns the columns of db/sql/text_context.sql. Those of a booking are None if there is none."""
    values = {
        "kind": kind,
        "customer_id": customer_id,
        "slot_opening_id": slot_opening_id,
        "appointment_id": appointment_id,
        "payment_id": payment_id,
    }
    return session.execute(CONTEXT, values).mappings().one()


OWN_CANCELLATION = text("""
SELECT c.id AS customer_id,
       coalesce((SELECT sum(p.amount_cents - p.refunded_cents) FROM payments p
                  WHERE p.appointment_id = a.id AND p.status IN ('succeeded', 'disputed')), 0)::integer AS paid
  FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN shops shop ON shop.id = a.shop_id
 WHERE a.id = :id AND a.status = 'cancelled' AND a.cancel_reason = 'customer' AND c.sms_opt_in
   AND shop.sms_from IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class OwnCancellation:
    """A customer who cancelled on their page and agreed to texts.

    `paid`: the total paid for the booking, in minor units.
    """

    customer_id: UUID
    paid: int


def own_cancellation(session: Session, appointment_id: UUID) -> OwnCancellation | None:
    """Returns None if somebody else cancelled the appointment, or the customer or the shop does not use texts."""
    row = session.execute(OWN_CANCELLATION, {"id": appointment_id}).one_or_none()
    return None if row is None else OwnCancellation(*row)
