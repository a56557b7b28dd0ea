"""Notifications to the shop's staff, and records of messages to customers."""

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, points_to


class Notification(ModelRecord):
    """A notification to the shop's staff. A row with a customer records a message to the customer instead."""

    __tablename__ = "notifications"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[uuid.UUID | None] = points_to("customers", on_delete="CASCADE")
    text: Mapped[Words]
    kind: Mapped[str] = filled("'info'")
    slot_opening_id: Mapped[uuid.UUID | None] = points_to("slot_openings", on_delete="SET NULL")
    appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    read_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        Index(None, "shop_id", "created_at"),
        Index(
            "notifications_unread_idx",
            "shop_id",
            "created_at",
            postgresql_where=sql("customer_id IS NULL AND read_at IS NULL"),
        ),
        Index("notifications_read_idx", "created_at", postgresql_where=sql("read_at IS NOT NULL")),
    )
