"""A shop's own wording of texts, by language."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord, filled, one_of


class ShopText(ModelRecord):
    """The template of one text in one language (en, es, fr, de), which replaces the default."""

    __tablename__ = "shop_texts"

    shop_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]
    updated_at: Mapped[dt.datetime] = filled("clock_now()")

    __table_args__ = (one_of("shop_texts", "language", "en", "es", "fr", "de"),)
