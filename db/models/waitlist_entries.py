"""The waiting list. Each row is one set of a customer's preferences."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, ModelRecord, Number, ShopId, Token, filled, one_of, points_to

ACTIVE = text("status = 'active'")


class WaitlistEntry(ModelRecord):
    """One set of a customer's preferences. A null preference matches any slot.

    Days and times are in the shop's time zone, and weekdays are ISO weekdays (Monday is 1). `token` is the secret of
    the customer's page about this entry. `email` is the address for which consent was requested, and
    `email_consent_at` is the time at which the customer confirmed the consent.
    """

    __tablename__ = "waitlist_entries"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[uuid.UUID] = points_to("customers", on_delete="CASCADE")
    service_id: Mapped[uuid.UUID | None] = points_to("services")
    performer_id: Mapped[uuid.UUID | None] = points_to("performers")
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger()))
    time_from: Mapped[dt.time | None]
    time_until: Mapped[dt.time | None]
    date_from: Mapped[dt.date | None]
    date_until: Mapped[dt.date | None]
    notice_minutes: Mapped[int | None]
    priority: Mapped[Number]
    priority_reason: Mapped[str | None]
    note: Mapped[str | None]
    status: Mapped[str] = filled("'active'")
    source: Mapped[str] = filled("'staff'")
    token: Mapped[Token]
    consent_wording: Mapped[str | None]
    consent_version: Mapped[str | None]
    consent_at: Mapped[dt.datetime | None]
    consent_address: Mapped[str | None]
    email: Mapped[str | None]
    email_consent_wording: Mapped[str | None]
    email_consent_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        one_of("waitlist_entries", "status", "active", "fulfilled", "left", "expired"),
        CheckConstraint("weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]", name="waitlist_entries_weekdays_iso"),
        CheckConstraint("notice_minutes >= 0", name="waitlist_entries_notice_not_negative"),
        CheckConstraint("priority >= 0", name="waitlist_entries_priority_not_negative"),
        CheckConstraint(
            "priority = 0 OR coalesce(priority_reason, '') <> ''", name="waitlist_entries_priority_has_reason"
        ),
        Index(
            "waitlist_entries_order_idx",
            "shop_id",
            text("priority DESC"),
            "created_at",
            "customer_id",
            postgresql_where=ACTIVE,
        ),
        Index(
            "waitlist_entries_wishes_idx",
            text("wish_line(shop_id, service_id, performer_id)"),
            text("wish_days(weekdays)"),
            text("wish_times(time_from, time_until)"),
            text("int4range(notice_minutes, NULL)"),
            text("wish_dates(date_from, date_until)"),
            postgresql_using="gist",
            postgresql_where=ACTIVE,
        ),
        Index(None, "customer_id", "status", "created_at"),
        Index(None, "shop_id", "created_at"),
        Index(
            "waitlist_entries_expiring_idx",
            "date_until",
            postgresql_where=text("status = 'active' AND date_until IS NOT NULL"),
        ),
    )
