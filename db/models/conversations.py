"""Conversations with people who text the shop."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, Number, ShopId, filled, one_of, points_to
from domain.channels import PHONE_CHANNELS


class Conversation(ModelRecord):
    """The texts from one phone line on one channel that a person must handle.

    `unread` is the number of unread texts.
    """

    __tablename__ = "conversations"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    channel: Mapped[str] = filled("'sms'")
    address: Mapped[str]
    line: Mapped[str] = mapped_column(Computed("coalesce(phone_line(address), address)", persisted=True))
    customer_id: Mapped[uuid.UUID | None] = points_to("customers", on_delete="SET NULL")
    status: Mapped[str] = filled("'open'")
    unread: Mapped[Number]
    assigned_to: Mapped[uuid.UUID | None] = points_to("staff", on_delete="SET NULL")
    last_message_at: Mapped[Instant]
    last_reply_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("shop_id", "channel", "line", name="conversations_line_key"),
        one_of("conversations", "channel", *(one.channel for one in PHONE_CHANNELS)),
        one_of("conversations", "status", "open", "done"),
        CheckConstraint("unread >= 0", name="conversations_unread_not_negative"),
        Index("conversations_shop_id_status_last_message_at_idx", "shop_id", "status", text("last_message_at DESC")),
        Index("conversations_unread_idx", "shop_id", postgresql_where=text("unread > 0")),
        Index(None, "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index(None, "assigned_to", postgresql_where=text("assigned_to IS NOT NULL")),
    )
