"""Bookings of connected calendars as last read, and holds in the calendars."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, points_to


class CalendarBooking(ModelRecord):
    """One booking in a calendar. If it is not mirrored as an appointment, `not_mirrored` contains the reason.

    `read_at` is the time at which the newest read of the booking began. `missing_since` is the time of the first
    listing that should have contained the booking but did not. `new_time_requested`: the booking is cancelled in the
    calendar only until its customer has chosen another time.
    """

    __tablename__ = "calendar_bookings"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    calendar_id: Mapped[uuid.UUID] = points_to("calendars")
    external_id: Mapped[str]
    appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    status: Mapped[str] = filled("'booked'")
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    fingerprint: Mapped[Words]
    read_at: Mapped[Instant]
    missing_since: Mapped[dt.datetime | None]
    not_mirrored: Mapped[str | None]
    new_time_requested: Mapped[bool] = filled("false")
    created_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("calendar_id", "external_id"),
        Index(None, "calendar_id", "starts_at"),
        Index(None, "appointment_id", postgresql_where=text("appointment_id IS NOT NULL")),
    )


class CalendarHold(ModelRecord):
    """A hold on the time of an offered slot in its calendar. `external_id` is null until the calendar has responded.

    `ends_at` is the latest time at which the hold expires in the calendar, even if the response was lost. It is null
    if the hold lasts until it is released.
    """

    __tablename__ = "calendar_holds"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    slot_opening_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("slot_openings.id", ondelete="CASCADE"), unique=True
    )
    calendar_id: Mapped[uuid.UUID] = points_to("calendars")
    external_id: Mapped[str | None]
    created_at: Mapped[Instant]
    ends_at: Mapped[dt.datetime | None]

    __table_args__ = (Index(None, "calendar_id"),)
