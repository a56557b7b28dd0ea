"""The performers of a shop's appointments."""

import uuid

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, external_id_key, filled, points_to


class Performer(ModelRecord):
    """A person or resource of a shop whose time is booked separately."""

    __tablename__ = "performers"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]
    calendar_id: Mapped[uuid.UUID | None] = points_to("calendars")
    external_id: Mapped[str | None]
    active: Mapped[bool] = filled("true")
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (Index(None, "shop_id"), external_id_key("performers"))
