"""Limits for the sign-in codes that are sent to a member of staff."""

import uuid

from sqlalchemy import Double, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, points_to


class SignInLimit(ModelRecord):
    """The limit for one member and channel. A second limit applies to browsers that the member has used (`known`)."""

    __tablename__ = "sign_in_limits"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = points_to("staff", on_delete="CASCADE")
    channel: Mapped[str]
    known: Mapped[bool] = filled("false")
    shop_id: Mapped[ShopId]
    address: Mapped[Words]
    level: Mapped[float] = mapped_column(Double(), server_default=text("0"))
    asked_at: Mapped[Instant]

    __table_args__ = (UniqueConstraint("staff_id", "channel", "known"),)
