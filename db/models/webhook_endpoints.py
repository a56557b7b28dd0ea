"""The URLs to which a shop's events are sent."""

import datetime as dt

from sqlalchemy import ARRAY, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, one_of


class WebhookEndpoint(ModelRecord):
    """A URL that receives events.

    Secrets are encrypted. During a rotation, requests are signed with the new and the old secret.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    url: Mapped[str]
    description: Mapped[Words]
    types: Mapped[list[str] | None] = mapped_column(ARRAY(Text()))
    status: Mapped[str] = filled("'enabled'")
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[dt.datetime | None]
    failing_since: Mapped[dt.datetime | None]
    last_success_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]
    disabled_reason: Mapped[str | None]
    tested_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        one_of("webhook_endpoints", "status", "enabled", "disabled"),
        one_of("webhook_endpoints", "disabled_reason", "gone", "failing", "by_request"),
        Index(None, "shop_id", "created_at"),
    )
