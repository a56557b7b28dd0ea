"""Freed times that are being resold."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, Number, ShopId, filled, one_of, points_to


class SlotOpening(ModelRecord):
    """One free time of one performer. An idle search resumes at `next_search_at`. `because` is the latest reason."""

    __tablename__ = "slot_openings"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    performer_id: Mapped[uuid.UUID | None] = points_to("performers")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    source_appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    status: Mapped[str] = filled("'open'")
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    next_search_at: Mapped[dt.datetime]
    freed_at: Mapped[dt.datetime | None]
    closed_as: Mapped[str | None]
    because: Mapped[str | None]
    service_id: Mapped[uuid.UUID | None] = points_to("services")
    deposit_cents: Mapped[int | None]
    chain_depth: Mapped[Number]
    freed_by_slot_opening_id: Mapped[uuid.UUID | None] = points_to("slot_openings", on_delete="SET NULL")

    __table_args__ = (
        one_of("slot_openings", "closed_as", "nobody_left", "too_near", "stopped", "sold_by_hand", "cannot_charge"),
        one_of("slot_openings", "status", "open", "filled", "expired"),
        CheckConstraint("deposit_cents >= 0", name="slot_openings_deposit_not_negative"),
        CheckConstraint("ends_at > starts_at", name="slot_openings_ends_after_start"),
        UniqueConstraint(
            "shop_id",
            "performer_id",
            "starts_at",
            name="slot_openings_one_per_time_key",
            postgresql_nulls_not_distinct=True,
        ),
        Index("slot_openings_search_due_idx", "next_search_at", postgresql_where=text("status = 'open'")),
        Index(None, "shop_id", "created_at"),
        Index(None, "shop_id", "starts_at"),
        Index(None, "source_appointment_id"),
        Index(
            None,
            "freed_by_slot_opening_id",
            postgresql_where=text("freed_by_slot_opening_id IS NOT NULL"),
        ),
    )
