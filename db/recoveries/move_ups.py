"""Replaces a moved-up appointment with the earlier booking, in the transaction that creates the booking."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import audit
from db.recoveries.recovery_changes import StaleStateError
from db.tasks import pending_tasks

REASON = "moved up"
"""The `cancel_reason` of an appointment that was moved to an earlier time."""

# The lock ensures that the old booking is cancelled only once, and that no payment is added in the meantime.
OLD = text("SELECT manage_token FROM appointments WHERE id = :id AND status = 'booked' FOR UPDATE")
CANCEL_OLD = text("""
UPDATE appointments
   SET status = 'cancelled', cancelled_from = status, cancelled_at = (SELECT clock_timestamp()),
       cancel_reason = :reason, manage_token = random_token()
 WHERE id = :id AND status = 'booked'
""")
# The new booking gets the token of the old one, so that the customer's existing link opens the new booking.
TAKE_LINK = text("UPDATE appointments SET manage_token = :token WHERE id = :id")
TAKE_TERMS = text("""
UPDATE appointments new
   SET payment_required = old.payment_required, deposit_cents = paid.amount_cents, price_cents = old.price_cents,
       currency = old.currency
  FROM appointments old
  JOIN payments paid ON paid.appointment_id = old.id AND paid.kind = 'deposit'
                    AND paid.status IN ('succeeded', 'disputed')
 WHERE new.id = :booking_id AND old.id = :id
""")
TAKE_PAYMENTS = text("""
UPDATE payments p
   SET appointment_id = :booking_id,
       -- They are numbered after those of the new booking, because both deposits may have been paid.
       attempt = p.attempt + coalesce((SELECT max(own.attempt) FROM payments own
                                        WHERE own.appointment_id = :booking_id AND own.kind = p.kind), 0)
 WHERE p.appointment_id = :id AND p.status IN ('succeeded', 'disputed') AND p.deposit_kept_at IS NULL
""")
OPEN_PAYMENTS = text("""
SELECT id FROM payments WHERE appointment_id = :id AND status IN ('pending', 'processing', 'failed')
""")


def replace_appointment(
    session: Session, appointment_id: UUID, *, by: UUID, shop_id: UUID, slot_opening_id: UUID
) -> None:
    """Cancels the old appointment, transfers its payments and its link to the new booking, and frees the old time.

    Raises StaleStateError if the old appointment is no longer booked. The decision must then be repeated.
    """
    token = session.execute(OLD, {"id": appointment_id}).scalar_one_or_none()
    if token is None:
        raise StaleStateError
    session.execute(CANCEL_OLD, {"id": appointment_id, "reason": REASON})
    session.execute(TAKE_LINK, {"id": by, "token": token})
    session.execute(TAKE_TERMS, {"id": appointment_id, "booking_id": by})
    session.execute(TAKE_PAYMENTS, {"id": appointment_id, "booking_id": by})
    for payment_id in session.execute(OPEN_PAYMENTS, {"id": appointment_id}).scalars():
        pending_tasks.add(session, "cancel_payment", payment_id, key=f"cancel_payment:{payment_id}", shop_id=shop_id)
    pending_tasks.add(session, "create_slot_opening", appointment_id, shop_id=shop_id)
    audit.note(
        session,
        event="AppointmentMovedUp",
        reason="The appointment was moved to an earlier time; its deposit belongs to the new booking.",
        shop_id=shop_id,
        appointment_id=appointment_id,
        detail={"booking_id": str(by)},
    )


PLACE_IN_CHAIN = text("""
SELECT s.id AS freed_by_slot_opening_id, s.chain_depth + 1 AS chain_depth
  FROM appointments a JOIN slot_openings s ON s.id = a.source_slot_opening_id
 WHERE a.moved_from_appointment_id = :id AND a.status <> 'pending_payment'
 ORDER BY a.created_at DESC LIMIT 1
""")


def chain_after(session: Session, appointment_id: UUID) -> dict[str, Any]:
    """Returns the chain fields of `FreedTime` for the time that this appointment freed, or {} if the appointment did
    not move.
    """
    row = session.execute(PLACE_IN_CHAIN, {"id": appointment_id}).mappings().one_or_none()
    return {} if row is None else dict(row)
