"""Refunds of payments, in full or in part."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, ShopId, Words, filled, one_of, points_to


class Refund(ModelRecord):
    """One refund, made by the shop in this system or at Stripe.

    `requested_by` is the id of a member of staff, or "stripe". A trigger refuses requests that exceed the paid
    amount, and another trigger updates `payments.refunded_cents`.
    """

    __tablename__ = "refunds"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    payment_id: Mapped[uuid.UUID] = points_to("payments")
    amount_cents: Mapped[int]
    status: Mapped[str] = filled("'requested'")
    reason: Mapped[Words]
    requested_by: Mapped[str] = filled("'stripe'")
    stripe_refund_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
    created_at: Mapped[Instant]
    ended_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="refunds_amount_positive"),
        one_of("refunds", "status", "requested", "succeeded", "failed"),
        Index(None, "payment_id"),
    )
