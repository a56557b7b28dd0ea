"""Pending authorizations at calendar providers."""

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, Json, ModelRecord, ShopId, Words, filled, points_to


class CalendarAuthorization(ModelRecord):
    """A pending authorization of a session. It is deleted when the browser returns. `verifier` is encrypted."""

    __tablename__ = "calendar_authorizations"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    session_id: Mapped[uuid.UUID] = points_to("staff_sessions", on_delete="CASCADE")
    kind: Mapped[str]
    calendar_id: Mapped[uuid.UUID | None] = points_to("calendars")
    name: Mapped[Words]
    settings: Mapped[Json] = filled("'{}'")
    state_hash: Mapped[str] = mapped_column(unique=True)
    verifier: Mapped[Words]
    expires_at: Mapped[dt.datetime] = filled("clock_now() + interval '10 minutes'")
    created_at: Mapped[Instant]

    __table_args__ = (Index(None, "session_id"), Index(None, "expires_at"))
