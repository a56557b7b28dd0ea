"""The performers of a shop's appointments."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.record import Id, ModelRecord, ShopId, Words


class Performer(ModelRecord):
    """A calendar of its own within a shop."""

    __tablename__ = "performers"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]

    __table_args__ = (Index(None, "shop_id"),)
