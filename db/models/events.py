"""The events of a shop, which outgoing webhooks deliver."""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, Json, ModelRecord, ShopId, filled


class Event(ModelRecord):
    """A change that happened, written by the triggers of the changed tables. The order is (xid, seq)."""

    __tablename__ = "events"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    type: Mapped[str]
    data: Mapped[Json] = filled("'{}'")
    xid: Mapped[int] = mapped_column(BigInteger(), server_default=text("pg_current_xact_id()::text::bigint"))
    seq: Mapped[int] = mapped_column(BigInteger(), Identity(always=True))
    created_at: Mapped[Instant]

    __table_args__ = (Index(None, "shop_id", "xid", "seq"), Index(None, "created_at"))
