"""Books appointments that do not result from a recovery, for the API, the pages and connected calendars."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.orm import Session

from db.appointments import appointment_records, appointments
from db.appointments.overlaps import Time, write_unless_overlapping
from db.models import Appointment, Payment, Shop
from db.sql import read, selecting
from domain.state import PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """An appointment to book. Times are UTC; amounts are minor units of the shop's currency.

    `id`: only for an appointment that is missing from a restored database.
    """

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
    id: UUID | None = None

    @property
    def time(self) -> Time:
        return Time(self.shop_id, self.starts_at, self.ends_at, self.performer_id, self.customer_id)


@dataclass(frozen=True, slots=True)
class DepositTaken:
    """A deposit, in minor units, that the shop or its booking system has already taken."""

    amount_cents: int
    stripe_payment_intent_id: str | None = None


BOOK = selecting(
    read("book.sql").replace("/* columns */", appointment_records.COLUMN_LIST),
    ("knows_customer", "knows_performer", "knows_service", *appointment_records.NAMES),
)


def insert_booking(
    session: Session, booking: NewBooking, *, by: str, actor: str | None = None, deposit: DepositTaken | None = None
) -> Row[Any]:
    """Inserts the booked appointment and its paid deposit, and records this in the audit log.

    For `by` and `actor`, see `appointments.request_cancellation`.

    The result has the columns of `appointment_records`, and the columns `knows_customer`, `knows_performer` and
    `knows_service`. If one of these three is false, the shop has no such row, and nothing was inserted. Raises
    IntegrityError if the appointment overlaps another one, or if its external id already exists.
    """
    values = {name: getattr(booking, name) for name in NewBooking.__dataclass_fields__}
    values["payment_required"] = booking.payment_required or deposit is not None
    reason = f"The appointment was booked by {appointments.whom(by, actor)}."
    values |= {"actor": actor or by, "reason": reason}
    row = session.execute(BOOK, values).one()
    if deposit is not None and row.id is not None:
        record_deposit(session, booking.shop_id, row.id, deposit)
    return row


def book(
    session: Session, booking: NewBooking, *, by: str, actor: str | None = None, deposit: DepositTaken | None = None
) -> UUID:
    """Inserts the booked appointment like `insert_booking`, and returns its id.

    Raises OverlapError; the transaction can then continue. Raises LookupError if the booking refers to a row that the
    shop doesn't have.
    """
    insert_it = partial(insert_booking, session, booking, by=by, actor=actor, deposit=deposit)
    appointment_id: UUID | None = write_unless_overlapping(session, booking.time, insert_it).id
    if appointment_id is None:
        raise LookupError("The booking refers to a row that does not exist in this shop.")
    return appointment_id


def record_deposit(session: Session, shop_id: UUID, appointment_id: UUID, deposit: DepositTaken) -> None:
    """Inserts a successful deposit payment as the next attempt."""
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
    """Whether a deposit was paid, even if it was later refunded, or can still be paid."""
    ended = (PaymentStatus.FAILED.value, PaymentStatus.CANCELLED.value)
    this = (Payment.appointment_id == appointment_id, Payment.kind == "deposit", Payment.status.not_in(ended))
    return session.execute(select(Payment.id).where(*this).limit(1)).one_or_none() is not None
