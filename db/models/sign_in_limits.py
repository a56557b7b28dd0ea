"""How many sign-in codes a member of staff was sent and did not use."""

from __future__ import annotations

import uuid

from sqlalchemy import Double, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Instant, Record, ShopId, Words


class SignInLimit(Record):
    """One member on one channel; browsers in which the member has signed in before (`known`) are counted apart."""

    __tablename__ = "sign_in_limits"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    known: Mapped[bool] = mapped_column(primary_key=True, server_default=text("false"))
    shop_id: Mapped[ShopId]
    address: Mapped[Words]
    level: Mapped[float] = mapped_column(Double(), server_default=text("0"))
    asked_at: Mapped[Instant]
