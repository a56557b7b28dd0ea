"""Payments for appointments, with one row for each attempt."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, Number, ShopId, Token, filled, one_of, points_to


class Payment(ModelRecord):
    """One PaymentIntent, requested or created. If it is not paid by `expires_at`, the hold ends."""

    __tablename__ = "payments"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    appointment_id: Mapped[uuid.UUID] = points_to("appointments")
    kind: Mapped[str] = filled("'deposit'")
    attempt: Mapped[int] = filled("1")
    amount_cents: Mapped[Number]
    currency: Mapped[str] = filled("'GBP'")
    status: Mapped[str] = filled("'pending'")
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(unique=True)
    client_secret: Mapped[str | None]
    pay_token: Mapped[Token]
    expires_at: Mapped[dt.datetime | None]
    failures: Mapped[Number]
    failure_code: Mapped[str | None]
    create_claimed_at: Mapped[dt.datetime | None]
    release_requested_at: Mapped[dt.datetime | None]
    release_reason: Mapped[str | None]
    succeeded_at: Mapped[dt.datetime | None]
    refund_id: Mapped[str | None]
    refunded_at: Mapped[dt.datetime | None]
    deposit_kept_at: Mapped[dt.datetime | None]
    needs_human: Mapped[str | None]
    refunded_cents: Mapped[Number]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("appointment_id", "kind", "attempt"),
        one_of("payments", "kind", "deposit", "balance"),
        one_of(
            "payments",
            "status",
            "pending",
            "processing",
            "succeeded",
            "failed",
            "cancelled",
            "refunding",
            "refunded",
            "disputed",
        ),
        one_of("payments", "release_reason", "failed", "abandoned", "declined", "taken"),
        CheckConstraint("refunded_cents >= 0", name="payments_refunded_not_negative"),
        CheckConstraint("attempt > 0", name="payments_attempt_positive"),
        CheckConstraint("amount_cents >= 0", name="payments_amount_not_negative"),
        CheckConstraint("currency ~* '^[a-z]{3}$'", name="payments_currency_iso"),
        Index(
            "payments_hold_over_idx",
            "expires_at",
            postgresql_where=text("status IN ('pending', 'processing', 'failed')"),
        ),
        Index(
            "payments_release_idx",
            "release_requested_at",
            postgresql_where=text("release_requested_at IS NOT NULL AND status NOT IN ('cancelled', 'refunded')"),
        ),
        Index(None, "shop_id", "created_at"),
    )
