"""The outbox: tasks to run, written in the transaction that requires them."""

import datetime as dt
import uuid
from typing import cast

from sqlalchemy import CheckConstraint, Index, Table, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, Json, JsonList, ModelRecord, Number, filled, points_to


class TaskColumns:
    """The columns that open and settled tasks have in common."""

    id: Mapped[Id]
    name: Mapped[str]
    args: Mapped[JsonList] = filled("'[]'")
    key: Mapped[str | None]
    due_at: Mapped[Instant]
    next_ring_at: Mapped[Instant]
    lease_until: Mapped[dt.datetime | None]
    attempts: Mapped[Number]
    last_error: Mapped[str | None]
    outcome: Mapped[Json | None]
    parked_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]


class PendingTask(TaskColumns, ModelRecord):
    """One task to run, which a worker claims for a lease. Only an earlier version sets `settled_at` in this table."""

    __tablename__ = "pending_tasks"

    shop_id: Mapped[uuid.UUID | None] = points_to("shops")
    webhook_event_id: Mapped[uuid.UUID | None] = points_to("webhook_events", on_delete="SET NULL")
    settled_at: Mapped[dt.datetime | None]

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


class SettledTask(TaskColumns, ModelRecord):
    """A task that has been run, with its outcome. Queries on `pending_tasks` read this table too."""

    __tablename__ = "settled_tasks"

    shop_id: Mapped[uuid.UUID | None]
    webhook_event_id: Mapped[uuid.UUID | None]
    settled_at: Mapped[dt.datetime]

    __table_args__ = (
        Index(None, "webhook_event_id", postgresql_where=text("webhook_event_id IS NOT NULL")),
        {"postgresql_inherits": "pending_tasks"},
    )


cast("Table", SettledTask.__table__).add_is_dependent_on(cast("Table", PendingTask.__table__))
