"""Decisions of staff about customers for slots."""

import uuid

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, one_of, points_to


class SlotChoice(ModelRecord):
    """A decision about one customer for one slot.

    `skip`: the customer is not asked about this slot. `next`: the customer is asked next, if the rules allow it.
    """

    __tablename__ = "slot_choices"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    slot_opening_id: Mapped[uuid.UUID] = points_to("slot_openings", on_delete="CASCADE")
    customer_id: Mapped[uuid.UUID] = points_to("customers", on_delete="CASCADE")
    choice: Mapped[str]
    chosen_by: Mapped[str | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        one_of("slot_choices", "choice", "skip", "next"),
        Index(None, "slot_opening_id", "customer_id"),
        Index(
            "slot_choices_one_next_per_slot_key",
            "slot_opening_id",
            unique=True,
            postgresql_where=text("choice = 'next'"),
        ),
        Index(None, "customer_id"),
    )
