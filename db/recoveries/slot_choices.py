"""Stores the decisions of staff about a customer for a slot. Callers must lock the slot."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from db.models import SlotChoice


class Choice(StrEnum):
    """A decision about a customer for a slot: not to ask the customer, or to ask the customer next."""

    SKIP = "skip"
    NEXT = "next"


def choose(
    session: Session, choice: Choice, *, shop_id: UUID, slot_opening_id: UUID, customer_id: UUID, by: str
) -> None:
    """Stores a decision, which replaces an earlier decision about the same customer.

    NEXT also replaces an earlier NEXT.
    """
    forget(session, slot_opening_id, customer_id)
    if choice is Choice.NEXT:
        of_slot = SlotChoice.slot_opening_id == slot_opening_id
        session.execute(delete(SlotChoice).where(of_slot, SlotChoice.choice == Choice.NEXT))
    values = {"shop_id": shop_id, "slot_opening_id": slot_opening_id, "customer_id": customer_id}
    session.execute(insert(SlotChoice).values(choice=choice, chosen_by=by, **values))


def forget(session: Session, slot_opening_id: UUID, customer_id: UUID) -> bool:
    """Removes the decision about the customer. Returns False if there is none."""
    statement = delete(SlotChoice).where(
        SlotChoice.slot_opening_id == slot_opening_id, SlotChoice.customer_id == customer_id
    )
    return bool(session.execute(statement.returning(SlotChoice.id)).all())
