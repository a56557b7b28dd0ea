"""The delivery of each event to each endpoint."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.models.record import (
    Id,
    Instant,
    JsonList,
    ModelRecord,
    Number,
    PartitionKey,
    ShopId,
    by_month,
    filled,
    one_of,
    points_to,
)


class WebhookDelivery(ModelRecord):
    """The delivery of one event to one endpoint.

    The next attempt is due at `next_attempt_at`. While a worker has claimed the delivery, the column holds the end of
    the lease. `created_at` is copied from the event, so that the partitions of events and deliveries are dropped
    together, and `event_id` needs no foreign key.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    webhook_endpoint_id: Mapped[uuid.UUID] = points_to("webhook_endpoints", on_delete="CASCADE")
    event_id: Mapped[uuid.UUID]
    status: Mapped[str] = filled("'pending'")
    next_attempt_at: Mapped[Instant]
    tries: Mapped[Number]
    attempts: Mapped[JsonList] = filled("'[]'")
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[PartitionKey]

    __table_args__ = (
        one_of("webhook_deliveries", "status", "pending", "delivered", "failed"),
        CheckConstraint("jsonb_typeof(attempts) = 'array'", name="webhook_deliveries_attempts_is_list"),
        UniqueConstraint("event_id", "webhook_endpoint_id", "created_at"),
        Index(
            "webhook_deliveries_due_idx",
            "webhook_endpoint_id",
            "next_attempt_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(None, "webhook_endpoint_id", "created_at"),
        Index(None, "created_at"),
        by_month("created_at"),
    )
