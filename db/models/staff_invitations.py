"""Links that confirm the address of a member of staff."""

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, one_of, points_to


class StaffInvitation(ModelRecord):
    """One link that was sent to one address.

    Its token is derived from a secret key, the id and the nonce. Only the hash of the token is stored.
    """

    __tablename__ = "staff_invitations"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    staff_id: Mapped[uuid.UUID] = points_to("staff", on_delete="CASCADE")
    channel: Mapped[str] = filled("'sms'")
    address: Mapped[Words]
    nonce: Mapped[str] = filled("random_token()")
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[dt.datetime] = filled("clock_now() + interval '7 days'")
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        one_of("staff_invitations", "channel", "sms", "email"),
        Index(None, "staff_id"),
        Index(None, "shop_id", "created_at"),
        Index(None, "address", "created_at"),
        Index(None, "expires_at"),
    )
