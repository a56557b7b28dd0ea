"""Offers of slots to customers."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, filled, one_of, points_to
from domain.channels import Channel

LIVE = text("status IN ('pending', 'sent')")
ANSWERED = text("accepted_at IS NOT NULL OR status = 'declined'")


class SlotOffer(ModelRecord):
    """One offer of one slot to one customer. It is live while its status is `pending` or `sent`.

    `cooldown_until` is the end of the cooldown after this offer. A trigger sets it from the shop's settings. `token`
    opens the customer's page, and is null in offers that were made before the page existed. `deposit_cents` is the
    deposit that the offer states, in minor units of `currency`. If both are null, the slot's current deposit applies.
    """

    __tablename__ = "slot_offers"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    slot_opening_id: Mapped[uuid.UUID] = points_to("slot_openings")
    customer_id: Mapped[uuid.UUID] = points_to("customers")
    channel: Mapped[str] = filled("'sms'")
    status: Mapped[str] = filled("'pending'")
    sent_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    late_yes_at: Mapped[dt.datetime | None]
    window_minutes: Mapped[int | None]
    cooldown_until: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    ended_as: Mapped[str | None]
    ended_by: Mapped[str | None]
    move_from_appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    move_from_starts_at: Mapped[dt.datetime | None]
    books_until: Mapped[dt.datetime | None]
    service_id: Mapped[uuid.UUID | None] = points_to("services")
    token: Mapped[str | None] = filled("random_token()")
    deposit_cents: Mapped[int | None]
    currency: Mapped[str | None]

    __table_args__ = (
        one_of("slot_offers", "channel", *Channel),
        one_of("slot_offers", "status", "pending", "sent", "accepted", "expired", "declined", "failed"),
        one_of(
            *("slot_offers", "ended_as"),
            *("card_declined", "not_paid", "given_up", "cannot_charge", "opted_out", "staff"),
        ),
        CheckConstraint("deposit_cents >= 0", name="slot_offers_deposit_not_negative"),
        CheckConstraint("(deposit_cents IS NULL) = (currency IS NULL)", name="slot_offers_deposit_has_currency"),
        UniqueConstraint("slot_opening_id", "customer_id"),
        Index("slot_offers_one_live_per_slot_key", "slot_opening_id", unique=True, postgresql_where=LIVE),
        Index("slot_offers_one_live_per_customer_key", "customer_id", unique=True, postgresql_where=LIVE),
        Index("slot_offers_expiry_idx", "expires_at", postgresql_where=LIVE),
        Index("slot_offers_live_of_shop_idx", "shop_id", "expires_at", postgresql_where=LIVE),
        Index(None, "customer_id", "created_at"),
        Index("slot_offers_answered_of_shop_idx", "shop_id", "created_at", postgresql_where=ANSWERED),
        Index("slot_offers_token_key", "token", unique=True, postgresql_where=text("token IS NOT NULL")),
        Index(
            None,
            "move_from_appointment_id",
            postgresql_where=text("move_from_appointment_id IS NOT NULL"),
        ),
    )
