"""Sessions of staff, which can be revoked on the server."""

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, filled, points_to


class StaffSession(ModelRecord):
    """One person's session in one browser. Only a hash of the cookie's token is stored."""

    __tablename__ = "staff_sessions"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    staff_id: Mapped[uuid.UUID] = points_to("staff", on_delete="CASCADE")
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[dt.datetime] = filled("clock_now() + interval '12 hours'")
    revoked_at: Mapped[dt.datetime | None]
    reauthenticated_at: Mapped[dt.datetime | None]

    __table_args__ = (Index(None, "staff_id"), Index(None, "expires_at"))
