"""The events of a shop, which outgoing webhooks deliver."""

from sqlalchemy import BigInteger, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Json, ModelRecord, PartitionKey, ShopId, by_month, filled

ORDER = Sequence("events_order", metadata=ModelRecord.metadata)


class Event(ModelRecord):
    """A change, written by a trigger of the changed table. Events are ordered by (xid, seq)."""

    __tablename__ = "events"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    type: Mapped[str]
    data: Mapped[Json] = filled("'{}'")
    xid: Mapped[int] = mapped_column(BigInteger(), server_default=text("pg_current_xact_id()::text::bigint"))
    seq: Mapped[int] = mapped_column(BigInteger(), ORDER, server_default=ORDER.next_value())
    created_at: Mapped[PartitionKey]

    __table_args__ = (Index(None, "shop_id", "xid", "seq"), Index(None, "created_at"), by_month("created_at"))
