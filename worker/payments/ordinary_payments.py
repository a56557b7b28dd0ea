"""Handles payments of ordinary bookings. A deposit confirms the booking; a balance pays the remaining amount."""

from sqlalchemy.orm import Session

from db import audit
from db.messages.message_drafts import purpose_key
from db.money import payments
from db.money.payments import FoundPayment
from domain.effects import NotifyStaff, Severity
from domain.money import is_what_was_asked
from domain.state import OPEN_PAYMENTS, UNDECIDED, BookingStatus, PaymentStatus
from domain.templates import TextKind
from messaging.staff_notifications import notify_staff
from messaging.write_text import TextSubject, write_text
from worker.dependencies import Dependencies

UNPAID = OPEN_PAYMENTS | {PaymentStatus.CANCELLED}
ENDED_BOOKINGS = frozenset({BookingStatus.CANCELLED, BookingStatus.VOIDED})


def paid(
    session: Session, dependencies: Dependencies, payment: FoundPayment, amount_cents: int, currency: str
) -> str:
    """Confirms the booking if the amount is right, or notifies the staff. Returns the reason for the shop."""
    if not is_what_was_asked(payment.amount_cents, payment.currency, paid=amount_cents, in_currency=currency):
        return _needs_human(session, payment, "A payment was received in another amount or currency than requested.")
    if not payments.move(session, payment.id, PaymentStatus.SUCCEEDED, was=UNPAID):
        return "The payment was recorded before."
    if payment.booking_status in ENDED_BOOKINGS:
        return _needs_human(session, payment, "A payment was received for a cancelled booking.")
    if payment.kind == "deposit" and payments.confirm_booking(session, payment.appointment_id):
        write_text(
            session,
            TextKind.CONFIRMATION,
            customer_id=payment.customer_id,
            purpose_key=purpose_key(TextKind.CONFIRMATION.value, payment.appointment_id),
            subject=TextSubject(appointment_id=payment.appointment_id),
            senders=dependencies.senders,
        )
    return _note(session, payment, "PaymentSucceeded", "The payment was received.")


def declined(session: Session, payment: FoundPayment, code: str | None, reason: str) -> str:
    """Records the decline without changing the booking."""
    payments.move(session, payment.id, PaymentStatus.FAILED, was=OPEN_PAYMENTS, failure_code=code)
    return _note(session, payment, "PaymentDeclined", reason)


def cancelled(session: Session, payment: FoundPayment) -> str:
    """Records the cancellation without changing the booking, because the shop decides about the booking."""
    payments.move(session, payment.id, PaymentStatus.CANCELLED, was=UNDECIDED)
    return _note(session, payment, "PaymentCancelled", "The payment was cancelled.")


def _note(session: Session, payment: FoundPayment, event: str, reason: str) -> str:
    audit.note(session, event=event, reason=reason, shop_id=payment.shop_id, appointment_id=payment.appointment_id)
    return reason


def _needs_human(session: Session, payment: FoundPayment, why: str) -> str:
    if payments.needs_human(session, payment.id, why):
        notify_staff(session, shop_id=payment.shop_id, effect=NotifyStaff("needs_human", why, Severity.CRITICAL))
    return why
