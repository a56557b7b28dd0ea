"""Payments: found by id, intent or metadata; facts about the intent are written if they are not there yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.state import BookingStatus, PaymentStatus


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A payment with what it is for. Amounts in minor units, times UTC."""

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
# The webhook of a payment can be faster than the answer to our own call that made it.
FIND_BY_METADATA = text(
    FIND + " WHERE p.stripe_payment_intent_id IS NULL AND p.id::text = :payment_id AND a.id::text = :appointment_id"
)


def find(session: Session, payment_id: UUID) -> FoundPayment | None:
    return _one(session, FIND_BY_ID, {"id": payment_id})


def find_by_intent(session: Session, intent_id: str, metadata: Mapping[str, str]) -> FoundPayment | None:
    """By the intent's id, else by the ids we gave it along; None when it isn't ours."""
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
       refunded_at = CASE WHEN moment.status = 'refunded' THEN coalesce(refunded_at, now) ELSE refunded_at END
  FROM moment WHERE p.id = :id AND p.status = ANY(:was)
""")
NOTE_FAILURE = text("UPDATE payments SET failure_code = :code WHERE id = :id")
NOTE_REFUND = text("UPDATE payments SET refund_id = coalesce(refund_id, :refund_id) WHERE id = :id")
NEEDS_HUMAN = text("UPDATE payments SET needs_human = :why WHERE id = :id AND needs_human IS NULL")


def lock(session: Session, payment_id: UUID) -> None:
    """Until the transaction's end nobody else changes it; what others committed before is seen from here on."""
    session.execute(LOCK, {"id": payment_id})


def claim_creation(session: Session, payment_id: UUID) -> bool:
    """Commits us to asking for an intent under this payment's key; False when there is one, or none is wanted."""
    return bool(session.execute(CLAIM_CREATION, {"id": payment_id}).rowcount)  # type: ignore[attr-defined]


def record_intent(session: Session, payment_id: UUID, *, intent_id: str, client_secret: str | None) -> None:
    """Facts are written if they are not there yet. The secret is for the payment page alone."""
    session.execute(RECORD_INTENT, {"id": payment_id, "intent_id": intent_id, "client_secret": client_secret})


def move(
    session: Session,
    payment_id: UUID,
    status: PaymentStatus,
    *,
    was: Collection[PaymentStatus],
    failure_code: str | None = None,
) -> bool:
    """From one of the expected states only; False when it is in another."""
    values = {
        "id": payment_id,
        "status": status.value,
        "was": [state.value for state in was],
        "failure_code": failure_code,
    }
    return bool(session.execute(SET_STATUS, values).rowcount)  # type: ignore[attr-defined]


def note_failure(session: Session, payment_id: UUID, code: str | None) -> None:
    """The last decline's code, for the timeline."""
    session.execute(NOTE_FAILURE, {"id": payment_id, "code": code})


def note_refund(session: Session, payment_id: UUID, refund_id: str | None) -> None:
    session.execute(NOTE_REFUND, {"id": payment_id, "refund_id": refund_id})


def needs_human(session: Session, payment_id: UUID, why: str) -> bool:
    """Marks the payment for a human; False when it is marked already."""
    return bool(session.execute(NEEDS_HUMAN, {"id": payment_id, "why": why}).rowcount)  # type: ignore[attr-defined]


CONFIRM = text("""
UPDATE appointments SET status = 'booked', confirmed_at = (SELECT clock_timestamp())
 WHERE id = :id AND status = 'pending_payment'
""")


def confirm_booking(session: Session, appointment_id: UUID) -> bool:
    """An ordinary booking whose deposit is paid is booked; False when it wasn't waiting for it."""
    return bool(session.execute(CONFIRM, {"id": appointment_id}).rowcount)  # type: ignore[attr-defined]
