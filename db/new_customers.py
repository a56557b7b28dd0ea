"""Adds a customer by hand. Nobody is opted in by it."""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db.models import Customer


def add(session: Session, shop_id: UUID, *, name: str, phone: str | None, email: str | None = None) -> UUID:
    """Adds the customer, who has agreed to nothing yet. `phone` is E.164. Returns the id."""
    added: UUID = session.execute(
        insert(Customer)
        .values(shop_id=shop_id, name=name, phone=phone, email=email, sms_opt_in=False)
        .returning(Customer.id)
    ).scalar_one()
    return added
