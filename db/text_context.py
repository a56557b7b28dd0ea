"""The context of a text: the customer, their shop, the booking and its payment, in one statement."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.sql import read

CONTEXT = text(read("text_context.sql"))


def find(session: Session, *, customer_id: UUID, appointment_id: UUID | None, payment_id: UUID | None) -> RowMapping:
    """The columns of db/sql/text_context.sql; those of a booking are None where there is none."""
    values = {"customer_id": customer_id, "appointment_id": appointment_id, "payment_id": payment_id}
    return session.execute(CONTEXT, values).mappings().one()
