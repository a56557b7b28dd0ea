"""A shop's customers: addresses, consent, and the times of offers and visits."""

import datetime as dt
import uuid

from sqlalchemy import FetchedValue, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.messages.channel_conditions import MAY_BE_REACHABLE
from db.models.record import Id, Instant, ModelRecord, ShopId, Words, external_id_key, filled, points_to


class Customer(ModelRecord):
    """One person as a customer of one shop.

    `phone` is the number as typed. A trigger computes `phone_e164` from it, which identifies the phone line: it is
    the same for all forms of the number, and null if the number can't receive texts. Texts are sent to `e164(phone)`.
    If `email_opt_in` is null, the customer receives only e-mails about their own bookings. Consent to offers has a
    time, which a trigger sets if it is missing. `consent_source`, `consent_wording` and `consent_at` describe the
    consent to SMS. Triggers on offers and appointments update `last_asked_at`, `cooldown_until` and
    `last_settled_at`.
    """

    __tablename__ = "customers"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]
    phone: Mapped[str | None]
    phone_e164: Mapped[str | None] = mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())
    email: Mapped[str | None]
    sms_opt_in: Mapped[bool] = filled("false")
    whatsapp_opt_in: Mapped[bool] = filled("false")
    email_opt_in: Mapped[bool | None]
    timezone: Mapped[str | None]
    locale: Mapped[str | None]
    consent_source: Mapped[str | None]
    consent_wording: Mapped[str | None]
    consent_at: Mapped[dt.datetime | None]
    cooldown_until: Mapped[dt.datetime | None]
    last_asked_at: Mapped[dt.datetime | None]
    last_settled_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    anonymised_at: Mapped[dt.datetime | None]
    calendar_id: Mapped[uuid.UUID | None] = points_to("calendars")
    external_id: Mapped[str | None]
    note: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    updated_at: Mapped[Instant]
    whatsapp_consent_source: Mapped[str | None]
    whatsapp_consent_wording: Mapped[str | None]
    whatsapp_consent_at: Mapped[dt.datetime | None]
    email_consent_source: Mapped[str | None]
    email_consent_wording: Mapped[str | None]
    email_consent_at: Mapped[dt.datetime | None]

    __table_args__ = (
        external_id_key("customers"),
        Index(None, "shop_id", "phone_e164"),
        Index(None, "shop_id", "created_at", "id"),
        Index(None, "shop_id", "updated_at", "id"),
        Index("customers_email_idx", "shop_id", text("lower(email)"), postgresql_where=text("email IS NOT NULL")),
        Index("customers_last_visit_idx", "shop_id", text("last_settled_at DESC NULLS LAST"), "id"),
        Index(
            "customers_reachable_idx",
            "shop_id",
            text("coalesce(last_settled_at, '-infinity') DESC"),
            "id",
            postgresql_where=text(f"cooldown_until IS NULL AND ({MAY_BE_REACHABLE.replace('c.', '')})"),
        ),
        Index(
            "customers_resting_idx",
            "shop_id",
            "cooldown_until",
            postgresql_where=text("cooldown_until IS NOT NULL"),
        ),
        Index("customers_rest_over_idx", "cooldown_until", postgresql_where=text("cooldown_until IS NOT NULL")),
    )
