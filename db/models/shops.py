"""Shops: numbers, currency and settings."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, Number, Token, Words, filled, one_of


class Shop(ModelRecord):
    """A tenant. Most other rows belong to a shop."""

    __tablename__ = "shops"

    id: Mapped[Id]
    name: Mapped[Words]
    timezone: Mapped[str] = filled("'UTC'")
    currency: Mapped[str] = filled("'GBP'")
    locale: Mapped[str] = filled("'en_GB'")
    country: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    sms_from: Mapped[str | None] = mapped_column(unique=True)
    whatsapp_from: Mapped[str | None] = mapped_column(unique=True)
    email_from: Mapped[str | None]
    deposit_cents: Mapped[Number]
    offer_window_minutes: Mapped[int] = filled("15")
    pace: Mapped[str] = filled("'fixed'")
    offer_window_least_minutes: Mapped[int] = filled("3")
    payment_window_minutes: Mapped[int] = filled("15")
    cooldown_hours: Mapped[int] = filled("24")
    payment_attempts: Mapped[int] = filled("1")
    require_prior_booking: Mapped[bool] = filled("false")
    min_notice_minutes: Mapped[int] = filled("30")
    recovery_enabled: Mapped[bool] = filled("true")
    recover_unpaid: Mapped[bool] = filled("false")
    quiet_from: Mapped[dt.time | None] = filled("'21:00'")
    quiet_until: Mapped[dt.time | None] = filled("'08:00'")
    template_offer: Mapped[str | None]
    template_acceptance: Mapped[str | None]
    template_confirmation: Mapped[str | None]
    template_too_late: Mapped[str | None]
    template_ask_back: Mapped[str | None]
    test_offer_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    waitlist: Mapped[str] = filled("'first'")
    move_up: Mapped[bool] = filled("false")
    move_up_within_days: Mapped[int] = filled("30")
    move_up_chain: Mapped[int] = filled("3")
    sell_rest: Mapped[bool] = filled("false")
    show_waitlist_place: Mapped[bool] = filled("false")
    offer_by_whatsapp: Mapped[bool] = filled("false")
    offer_by_email: Mapped[bool] = filled("false")
    offer_link_in_texts: Mapped[bool] = filled("false")
    join_token: Mapped[Token]
    tell_of_changes: Mapped[bool] = filled("true")

    __table_args__ = (
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="shops_country_iso"),
        CheckConstraint("currency ~* '^[a-z]{3}$'", name="shops_currency_iso"),
        CheckConstraint("deposit_cents >= 0", name="shops_deposit_not_negative"),
        CheckConstraint("offer_window_minutes > 0", name="shops_offer_window_positive"),
        one_of("shops", "pace", "fixed", "adaptive"),
        CheckConstraint("offer_window_least_minutes > 0", name="shops_offer_window_least_positive"),
        CheckConstraint("payment_window_minutes > 0", name="shops_payment_window_positive"),
        CheckConstraint("cooldown_hours >= 0", name="shops_cooldown_not_negative"),
        CheckConstraint("payment_attempts > 0", name="shops_payment_attempts_positive"),
        CheckConstraint("min_notice_minutes >= 0", name="shops_min_notice_not_negative"),
        one_of("shops", "waitlist", "off", "first", "only"),
        CheckConstraint("move_up_within_days > 0", name="shops_move_up_within_days_positive"),
        CheckConstraint("move_up_chain >= 0", name="shops_move_up_chain_not_negative"),
    )
