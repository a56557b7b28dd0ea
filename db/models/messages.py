"""All SMS, WhatsApp messages and e-mails, in both directions."""

import datetime as dt
import uuid

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, Json, ModelRecord, Number, ShopId, Words, filled, one_of, points_to
from domain.channels import Channel

STATUSES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "unknown",
    "suppressed",
    "expired",
    "received",
)


def _where_set(column: str) -> Index:
    """Returns a partial index for a reference that is null in most messages."""
    return Index(None, column, postgresql_where=text(f"{column} IS NOT NULL"))


class Message(ModelRecord):
    """One text or e-mail to or from one address. `purpose_key` is unique, so that no message is written twice.

    `body_digest` is the MD5 of a text that was found only in the carrier's list. The words of such a text are not
    stored.
    """

    __tablename__ = "messages"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[uuid.UUID | None] = points_to("customers", on_delete="SET NULL")
    staff_id: Mapped[uuid.UUID | None] = points_to("staff", on_delete="SET NULL")
    slot_offer_id: Mapped[uuid.UUID | None] = points_to("slot_offers", on_delete="SET NULL")
    appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    slot_opening_id: Mapped[uuid.UUID | None] = points_to("slot_openings", on_delete="SET NULL")
    direction: Mapped[str] = filled("'outbound'")
    channel: Mapped[str] = filled("'sms'")
    purpose: Mapped[Words]
    purpose_key: Mapped[str | None] = mapped_column(unique=True)
    to_address: Mapped[Words]
    from_address: Mapped[Words]
    subject: Mapped[str | None]
    body: Mapped[Words]
    body_digest: Mapped[str | None]
    html: Mapped[str | None]
    template: Mapped[Json | None]
    unsubscribe_token: Mapped[str | None]
    status: Mapped[str] = filled("'queued'")
    carrier_status: Mapped[str | None]
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    error_code: Mapped[str | None]
    claimed_at: Mapped[dt.datetime | None]
    send_before: Mapped[dt.datetime | None]
    attempts: Mapped[Number]
    conversation_id: Mapped[uuid.UUID | None] = points_to("conversations", on_delete="SET NULL")
    segments: Mapped[int] = filled("1")
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        one_of("messages", "direction", "inbound", "outbound"),
        one_of("messages", "channel", *Channel),
        one_of("messages", "status", *STATUSES),
        Index(
            "messages_under_way_idx",
            "created_at",
            postgresql_where=text("status IN ('queued', 'sending', 'unknown')"),
        ),
        Index(None, "customer_id", "created_at"),
        _where_set("slot_offer_id"),
        _where_set("slot_opening_id"),
        _where_set("appointment_id"),
        Index(None, "shop_id", "created_at"),
        Index(
            "messages_whatsapp_to_idx",
            "to_address",
            "created_at",
            postgresql_where=text("channel = 'whatsapp' AND direction = 'outbound'"),
        ),
        Index(None, "conversation_id", "created_at", postgresql_where=text("conversation_id IS NOT NULL")),
        Index("messages_restored_idx", "to_address", postgresql_where=text("purpose = 'sent_before_restore'")),
    )
