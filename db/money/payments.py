"""Finds payments by id, PaymentIntent or metadata, and records changes to payments."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, func, select, text, update
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import Appointment, Customer, Payment, Shop
from domain.state import BookingStatus, PaymentStatus


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A payment with its appointment. Amounts are in minor units; times are UTC."""

    id: UUID
    shop_id: UUID
    appointment_id: UUID
    kind: str
    status: PaymentStatus
    amount_cents: int
    currency: str
    intent_id: str | None
    create_claimed_at: datetime | None
    slot_opening_id: UUID | None
    customer_id: UUID
    booking_status: BookingStatus
    now: datetime

    @property
    def of_a_recovery(self) -> bool:
        return self.slot_opening_id is not None and self.kind == "deposit"


FIND = """
SELECT p.id, p.shop_id, p.appointment_id, p.kind, p.status, p.amount_cents, p.currency, p.create_claimed_at,
       p.stripe_payment_intent_id AS intent_id, a.source_slot_opening_id AS slot_opening_id, a.customer_id,
       a.status AS booking_status, (SELECT clock_timestamp()) AS now
  FROM payments p JOIN appointments a ON a.id = p.appointment_id
"""
FIND_BY_ID = text(FIND + " WHERE p.id = :id")
FIND_BY_INTENT = text(FIND + " WHERE p.stripe_payment_intent_id = :intent_id")
# The webhook of a PaymentIntent can arrive before the response to the call that created the PaymentIntent.
FIND_BY_METADATA = text(
    FIND + " WHERE p.stripe_payment_intent_id IS NULL AND p.id::text = :payment_id AND a.id::text = :appointment_id"
)


def find(session: Session, payment_id: UUID) -> FoundPayment | None:
    return _one(session, FIND_BY_ID, {"id": payment_id})


def find_by_intent(session: Session, intent_id: str, metadata: Mapping[str, str]) -> FoundPayment | None:
    """Finds a payment by the intent's id, or by the ids in its metadata. Returns None if there is no such payment."""
    found = _one(session, FIND_BY_INTENT, {"intent_id": intent_id})
    if found is not None:
        return found
    ids = {name: metadata.get(name, "") for name in ("payment_id", "appointment_id")}
    return _one(session, FIND_BY_METADATA, ids)


def _one(session: Session, statement: TextClause, values: Mapping[str, object]) -> FoundPayment | None:
    row = session.execute(statement, dict(values)).mappings().one_or_none()
    if row is None:
        return None
    states = {"status": PaymentStatus(row["status"]), "booking_status": BookingStatus(row["booking_status"])}
    return FoundPayment(**(dict(row) | states))


LOCK = text("SELECT 1 FROM payments WHERE id = :id FOR UPDATE")
CLAIM_CREATION = text("""
UPDATE payments SET create_claimed_at = coalesce(create_claimed_at, (SELECT clock_timestamp()))
 WHERE id = :id AND stripe_payment_intent_id IS NULL AND status IN ('pending', 'processing')
""")
RECORD_INTENT = text("""
UPDATE payments SET stripe_payment_intent_id = coalesce(stripe_payment_intent_id, :intent_id),
                    client_secret = coalesce(client_secret, :client_secret)
 WHERE id = :id
""")
SET_STATUS = text("""
WITH moment AS (SELECT clock_timestamp() AS now, CAST(:status AS text) AS status)
UPDATE payments p
   SET status = moment.status, failure_code = coalesce(:failure_code, failure_code),
       failures = failures + CASE WHEN moment.status = 'failed' THEN 1 ELSE 0 END,
       succeeded_at = CASE WHEN moment.status = 'succeeded' THEN coalesce(succeeded_at, now) ELSE succeeded_at END,
       refunded_at = CASE WHEN moment.status = 'refunded' THEN coalesce(refunded_at, now) END
  FROM moment WHERE p.id = :id AND p.status = ANY(:was)
""")


def lock(session: Session, payment_id: UUID) -> None:
    """Locks the payment until the end of the transaction.

    Later statements read all data that was committed before the lock was acquired.
    """
    session.execute(LOCK, {"id": payment_id})


def claim_creation(session: Session, payment_id: UUID) -> bool:
    """Claims the creation of the PaymentIntent. Returns False if it already exists or the payment has ended."""
    return bool(session.execute(CLAIM_CREATION, {"id": payment_id}).rowcount)  # type: ignore[attr-defined]


def record_intent(session: Session, payment_id: UUID, *, intent_id: str, client_secret: str | None) -> None:
    """Stores the intent's id and client secret, unless they are already stored.

    Only the payment page uses the secret.
    """
    session.execute(RECORD_INTENT, {"id": payment_id, "intent_id": intent_id, "client_secret": client_secret})


def move(
    session: Session,
    payment_id: UUID,
    status: PaymentStatus,
    *,
    was: Collection[PaymentStatus],
    failure_code: str | None = None,
) -> bool:
    """Sets the status if the current status is in `was`. Returns whether it was set."""
    values = {
        "id": payment_id,
        "status": status.value,
        "was": [state.value for state in was],
        "failure_code": failure_code,
    }
    return bool(session.execute(SET_STATUS, values).rowcount)  # type: ignore[attr-defined]


def note_failure(session: Session, payment_id: UUID, code: str | None) -> None:
    """Stores the decline code of the last failure, for the timeline."""
    session.execute(update(Payment).where(Payment.id == payment_id).values(failure_code=code))


def note_refund(session: Session, payment_id: UUID, refund_id: str | None) -> None:
    first = func.coalesce(Payment.refund_id, refund_id)
    session.execute(update(Payment).where(Payment.id == payment_id).values(refund_id=first))


def needs_human(session: Session, payment_id: UUID, why: str) -> bool:
    """Flags the payment for staff with the reason `why`. Returns False if it is already flagged."""
    unflagged = update(Payment).where(Payment.id == payment_id, Payment.needs_human.is_(None))
    flagged = session.execute(unflagged.values(needs_human=why).returning(Payment.id))
    return flagged.scalar_one_or_none() is not None


def confirm_booking(session: Session, appointment_id: UUID) -> bool:
    """Confirms a booking that was not made by a recovery, after the deposit was paid.

    Returns False if the booking was not pending.
    """
    pending = update(Appointment).where(Appointment.id == appointment_id, Appointment.status == "pending_payment")
    confirmed = session.execute(pending.values(status="booked", confirmed_at=NOW).returning(Appointment.id))
    return confirmed.scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True)
class PaymentSubject:
    """The customer and the start (UTC) of the appointment that a payment is for, and the shop's zone and locale."""

    customer: str | None
    starts_at: datetime
    timezone: str
    locale: str


def subject(session: Session, payment_id: UUID) -> PaymentSubject:
    """Returns the subject of an existing payment."""
    row = session.execute(
        select(Customer.name, Appointment.starts_at, Shop.timezone, Shop.locale)
        .join(Appointment, Appointment.customer_id == Customer.id)
        .join(Payment, Payment.appointment_id == Appointment.id)
        .join(Shop, Shop.id == Appointment.shop_id)
        .where(Payment.id == payment_id)
    ).one()
    return PaymentSubject(*row)
