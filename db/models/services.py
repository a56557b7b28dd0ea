"""The services that a shop sells, and the performers who provide them."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import (
    Id,
    Instant,
    ModelRecord,
    ShopId,
    Words,
    external_id_key,
    filled,
    points_to,
)


class Service(ModelRecord):
    """A service with its length and price, in minor units of the shop's currency.

    If the deposit is null, the shop's default deposit applies.
    """

    __tablename__ = "services"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]
    duration_minutes: Mapped[int] = filled("60")
    price_cents: Mapped[int | None]
    deposit_cents: Mapped[int | None]
    active: Mapped[bool] = filled("true")
    calendar_id: Mapped[uuid.UUID | None] = points_to("calendars")
    external_id: Mapped[str | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("duration_minutes > 0", name="services_duration_positive"),
        CheckConstraint("price_cents >= 0", name="services_price_not_negative"),
        CheckConstraint("deposit_cents >= 0", name="services_deposit_not_negative"),
        Index(None, "shop_id", "created_at"),
        external_id_key("services"),
    )


class PerformerService(ModelRecord):
    """A service that a performer provides. A performer without such rows provides all services."""

    __tablename__ = "performer_services"

    performer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("performers.id", ondelete="CASCADE"), primary_key=True)
    service_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("services.id", ondelete="CASCADE"), primary_key=True)
    shop_id: Mapped[ShopId]

    __table_args__ = (Index(None, "service_id"),)
