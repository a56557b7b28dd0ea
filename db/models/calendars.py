"""Connected booking systems."""

import datetime as dt

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, Json, ModelRecord, ShopId, Words, filled, one_of


class Calendar(ModelRecord):
    """A connection to one booking system. `credentials` are encrypted, and are never shown again.

    `new_credentials` were entered to reconnect the calendar, and have not been checked yet.
    """

    __tablename__ = "calendars"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    kind: Mapped[str]
    name: Mapped[Words]
    status: Mapped[str] = filled("'active'")
    credentials: Mapped[str | None]
    new_credentials: Mapped[str | None]
    settings: Mapped[Json] = filled("'{}'")
    synced_until: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]
    last_synced_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        one_of("calendars", "status", "active", "paused", "broken", "disconnected"),
        Index(None, "shop_id"),
    )
