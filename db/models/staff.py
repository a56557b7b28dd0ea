"""The people who work at a shop and sign in to its dashboard."""

import datetime as dt

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, one_of


class Staff(ModelRecord):
    """One person's access to one shop, limited by `role`. It is valid only if `confirmed_at` is set."""

    __tablename__ = "staff"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    role: Mapped[str] = filled("'owner'")
    email_alerts: Mapped[bool] = filled("true")
    created_at: Mapped[Instant]
    confirmed_at: Mapped[dt.datetime | None] = filled("clock_now()")

    __table_args__ = (
        one_of("staff", "role", "owner", "staff", "read_only"),
        Index(None, "shop_id"),
        Index("staff_email_idx", text("lower(email)")),
        Index("staff_phone_idx", text("phone_line(phone)")),
    )
