"""Keys of the HTTP API."""

import datetime as dt

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, one_of


class ApiKey(ModelRecord):
    """One key of one shop. Only the SHA-256 of its secret is stored; `created_by` is an actor of the audit log."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    label: Mapped[Words]
    scope: Mapped[str] = filled("'read'")
    live: Mapped[bool] = filled("false")
    secret_hash: Mapped[str]
    created_by: Mapped[str] = filled("'cli'")
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (one_of("api_keys", "scope", "read", "write"), Index(None, "shop_id", "created_at"))
