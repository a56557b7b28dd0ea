"""Books appointments that come from outside a recovery: the API, the pages, and connected calendars."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from db.models import Appointment, Payment, Service, Shop
from db.overlaps import Time, refusing_overlaps
from domain.state import BookingStatus, PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """An appointment to book. Times are UTC; amounts are minor units of the shop's currency."""

    shop_id: UUID
    customer_id: UUID
    starts_at: datetime
    ends_at: datetime
    performer_id: UUID | None = None
    service_id: UUID | None = None
    price_cents: int | None = None
    deposit_cents: int | None = None
    payment_required: bool = False
    calendar_id: UUID | None = None
    external_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DepositTaken:
    """A deposit that the shop or its booking system has already taken, in minor units."""

    amount_cents: int
    stripe_payment_intent_id: str | None = None


def book(session: Session, booking: NewBooking, *, deposit: DepositTaken | None = None) -> UUID:
    """Inserts the booked appointment, and its deposit as paid. Raises OverlapError.

    Price and name of the service are copied, so that the appointment keeps them when the service changes. A unique
    external id and PaymentIntent id are left to their constraints (IntegrityError).
    """
    service = session.get(Service, booking.service_id) if booking.service_id else None
    time = Time(booking.shop_id, booking.starts_at, booking.ends_at, booking.performer_id, booking.customer_id)
    price = booking.price_cents if booking.price_cents is not None else service and service.price_cents
    with refusing_overlaps(session, time):
        appointment_id: UUID = session.execute(
            insert(Appointment)
            .values(
                shop_id=booking.shop_id,
                customer_id=booking.customer_id,
                starts_at=booking.starts_at,
                ends_at=booking.ends_at,
                performer_id=booking.performer_id,
                service_id=booking.service_id,
                service=service and service.name,
                price_cents=price,
                deposit_cents=booking.deposit_cents,
                payment_required=booking.payment_required or deposit is not None,
                calendar_id=booking.calendar_id,
                external_id=booking.external_id,
                note=booking.note,
                status=BookingStatus.BOOKED.value,
            )
            .returning(Appointment.id)
        ).scalar_one()
        if deposit is not None:
            record_deposit(session, booking.shop_id, appointment_id, deposit)
    return appointment_id


def record_deposit(session: Session, shop_id: UUID, appointment_id: UUID, deposit: DepositTaken) -> None:
    """Inserts a succeeded deposit payment, as the next attempt."""
    attempts = select(func.coalesce(func.max(Payment.attempt), 0) + 1).where(
        Payment.appointment_id == appointment_id, Payment.kind == "deposit"
    )
    currency = (
        select(func.coalesce(Appointment.currency, Shop.currency))
        .join(Shop, Shop.id == Appointment.shop_id)
        .where(Appointment.id == appointment_id)
    )
    session.execute(
        insert(Payment).values(
            shop_id=shop_id,
            appointment_id=appointment_id,
            attempt=attempts.scalar_subquery(),
            amount_cents=deposit.amount_cents,
            currency=currency.scalar_subquery(),
            status=PaymentStatus.SUCCEEDED.value,
            stripe_payment_intent_id=deposit.stripe_payment_intent_id,
            succeeded_at=func.clock_now(),
        )
    )


def has_deposit(session: Session, appointment_id: UUID) -> bool:
    """Whether a deposit was paid, refunded since or not, or may still be paid."""
    ended = (PaymentStatus.FAILED.value, PaymentStatus.CANCELLED.value)
    this = (Payment.appointment_id == appointment_id, Payment.kind == "deposit", Payment.status.not_in(ended))
    return session.execute(select(Payment.id).where(*this).limit(1)).one_or_none() is not None
