"""Phone numbers that opted out of a shop's texts."""

import datetime as dt

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, Words


class Suppression(ModelRecord):
    """An opt-out of one phone line from one shop's texts. It ends at `lifted_at`.

    `phone` can be inserted in any form of the number. A trigger converts it with `phone_line`.
    """

    __tablename__ = "suppressions"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    phone: Mapped[str]
    reason: Mapped[Words]
    created_at: Mapped[Instant]
    lifted_at: Mapped[dt.datetime | None]

    __table_args__ = (
        Index(
            "suppressions_standing_key",
            "shop_id",
            "phone",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )
