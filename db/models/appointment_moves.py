"""The old times of moved appointments."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, filled, one_of, points_to


class AppointmentMove(ModelRecord):
    """One move.

    `performer_id` and the times are the values before the move. `slot_opening_id` is the slot opening that the
    appointment had filled, if it was a recovered booking. `in_calendar` states whether the move was written to the
    connected calendar, and is null if the move need not be written to a calendar.
    """

    __tablename__ = "appointment_moves"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    appointment_id: Mapped[uuid.UUID] = points_to("appointments", on_delete="CASCADE")
    performer_id: Mapped[uuid.UUID | None] = points_to("performers")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    slot_opening_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot_openings.id", ondelete="SET NULL"))
    moved_by: Mapped[str] = filled("'api'")
    in_calendar: Mapped[str | None]
    created_at: Mapped[Instant]
    tell_customer: Mapped[bool] = filled("false")

    __table_args__ = (
        one_of("appointment_moves", "in_calendar", "waiting", "written", "undone"),
        Index(None, "appointment_id", "created_at"),
        Index(None, "slot_opening_id", postgresql_where=text("slot_opening_id IS NOT NULL")),
    )
