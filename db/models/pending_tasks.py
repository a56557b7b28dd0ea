"""The outbox: tasks to run, written in the transaction that requires them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, Json, JsonList, ModelRecord, Number, filled, points_to


class PendingTask(ModelRecord):
    """One task to run. A worker claims the task for a lease, and settles it with an outcome or parks it."""

    __tablename__ = "pending_tasks"

    id: Mapped[Id]
    shop_id: Mapped[uuid.UUID | None] = points_to("shops")
    name: Mapped[str]
    args: Mapped[JsonList] = filled("'[]'")
    key: Mapped[str | None]
    webhook_event_id: Mapped[uuid.UUID | None] = points_to("webhook_events", on_delete="SET NULL")
    due_at: Mapped[Instant]
    next_ring_at: Mapped[Instant]
    lease_until: Mapped[dt.datetime | None]
    attempts: Mapped[Number]
    last_error: Mapped[str | None]
    outcome: Mapped[Json | None]
    settled_at: Mapped[dt.datetime | None]
    parked_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("jsonb_typeof(args) = 'array'", name="pending_tasks_args_is_list"),
        Index("pending_tasks_unsettled_key", "key", unique=True, postgresql_where=text("settled_at IS NULL")),
        Index(
            "pending_tasks_ring_idx",
            "next_ring_at",
            postgresql_where=text("settled_at IS NULL AND parked_at IS NULL"),
        ),
        Index(
            "pending_tasks_parked_idx",
            "parked_at",
            postgresql_where=text("settled_at IS NULL AND parked_at IS NOT NULL"),
        ),
        Index(None, "webhook_event_id", postgresql_where=text("webhook_event_id IS NOT NULL")),
        Index(None, "settled_at", postgresql_where=text("settled_at IS NOT NULL")),
    )
