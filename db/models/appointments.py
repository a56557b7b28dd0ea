"""Appointments, and the constraints that make a double booking impossible."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from db.models.record import Id, Instant, ModelRecord, ShopId, Token, external_id_key, filled, one_of, points_to

LIVE = text("status IN ('pending_payment', 'booked')")


def _no_overlap(name: str, owner: str) -> ExcludeConstraint:
    """Returns the constraint that no two live appointments of the same `owner` overlap.

    `owner` is an SQL expression of type uuid.
    """
    return ExcludeConstraint(
        (text(f"uuidrange({owner}, {owner}, '[]')"), "&&"),
        (text("tstzrange(starts_at, ends_at)"), "&&"),
        where=LIVE,
        name=name,
    )


class Appointment(ModelRecord):
    """A customer's time with a performer. It is live while its status is `pending_payment` or `booked`."""

    __tablename__ = "appointments"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    performer_id: Mapped[uuid.UUID | None] = points_to("performers")
    customer_id: Mapped[uuid.UUID] = points_to("customers")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    status: Mapped[str] = filled("'booked'")
    payment_required: Mapped[bool] = filled("false")
    price_cents: Mapped[int | None]
    deposit_cents: Mapped[int | None]
    source_slot_opening_id: Mapped[uuid.UUID | None] = points_to(
        "slot_openings", on_delete="SET NULL", closes_a_circle=True
    )
    service: Mapped[str | None]
    cancelled_at: Mapped[dt.datetime | None]
    cancelled_from: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    cancel_requested_at: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    manage_token: Mapped[Token]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    currency: Mapped[str | None]
    calendar_id: Mapped[uuid.UUID | None] = points_to("calendars")
    external_id: Mapped[str | None]
    note: Mapped[str | None]
    service_id: Mapped[uuid.UUID | None] = points_to("services")
    moved_from_appointment_id: Mapped[uuid.UUID | None] = points_to("appointments", on_delete="SET NULL")
    tell_customer: Mapped[bool] = filled("false")
    cancel_requested_by: Mapped[str | None]

    __table_args__ = (
        one_of("appointments", "status", "pending_payment", "booked", "cancelled", "settled", "voided"),
        one_of("appointments", "cancelled_from", "pending_payment", "booked"),
        CheckConstraint("ends_at > starts_at", name="appointments_ends_after_start"),
        CheckConstraint("price_cents >= 0", name="appointments_price_not_negative"),
        CheckConstraint("deposit_cents >= 0", name="appointments_deposit_not_negative"),
        _no_overlap("no_double_booking_of_a_performer", "coalesce(performer_id, shop_id)"),
        _no_overlap("no_double_booking_of_a_customer", "customer_id"),
        external_id_key("appointments"),
        Index(None, "service_id", postgresql_where=text("service_id IS NOT NULL")),
        Index(None, "shop_id", "starts_at"),
        Index(None, "shop_id", "created_at", "id"),
        Index(None, "shop_id", "updated_at", "id"),
        Index(None, "shop_id", "status", "created_at", "id"),
        Index(None, "customer_id", "starts_at"),
        Index("appointments_live_idx", "starts_at", postgresql_where=LIVE),
        Index("appointments_unpaid_idx", "created_at", postgresql_where=text("status = 'pending_payment'")),
        Index(
            "appointments_one_live_per_opening_key",
            "source_slot_opening_id",
            unique=True,
            postgresql_where=LIVE,
        ),
        Index(
            None,
            "moved_from_appointment_id",
            postgresql_where=text("moved_from_appointment_id IS NOT NULL"),
        ),
        Index(None, "source_slot_opening_id", postgresql_where=text("source_slot_opening_id IS NOT NULL")),
        Index(
            "appointments_cancel_requested_idx",
            "cancel_requested_at",
            postgresql_where=text("cancel_requested_at IS NOT NULL AND status IN ('pending_payment', 'booked')"),
        ),
    )
