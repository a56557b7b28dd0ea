"""Sign-in codes. The code itself is not stored: it is derived from the row's id and nonce."""

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, Number, ShopId, Words, filled, one_of, points_to
from domain.channels import Channel


class OtpCode(ModelRecord):
    """One code, requested by one browser. If a limit was reached, `refused` is its name, and the code is not sent."""

    __tablename__ = "otp_codes"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    staff_id: Mapped[uuid.UUID | None] = points_to("staff", on_delete="CASCADE")
    channel: Mapped[str] = filled("'sms'")
    nonce: Mapped[str] = filled("random_token()")
    browser_hash: Mapped[Words]
    attempts: Mapped[Number]
    expires_at: Mapped[dt.datetime] = filled("clock_now() + interval '10 minutes'")
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    address: Mapped[str | None]
    refused: Mapped[str | None]

    __table_args__ = (
        one_of("otp_codes", "channel", *Channel),
        one_of("otp_codes", "refused", "person", "shop"),
        Index(None, "staff_id", "created_at"),
        Index(None, "expires_at"),
        Index(None, "shop_id", "created_at"),
    )
