"""The responses stored for the Idempotency-Key header."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, Json, ModelRecord, ShopId, Words, filled


class IdempotencyRecord(ModelRecord):
    """The first response to one key, written in the transaction of the request's effect. It is valid for a day."""

    __tablename__ = "idempotency_records"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[Words]
    headers: Mapped[Json] = filled("'{}'")
    created_at: Mapped[Instant]

    __table_args__ = (UniqueConstraint("shop_id", "key"), Index(None, "created_at"))
