"""Cancels appointments and opens slots for their times."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db import audit
from db.access import api_keys
from db.appointments import slot_times
from db.appointments.slot_times import FreedTime
from db.models import Appointment
from db.recoveries import move_ups
from db.recoveries.recoveries import POLICY_COLUMNS, policy_of, selected
from db.sql import read, selecting
from db.tasks import pending_tasks
from db.tasks.pending_tasks import PATIENCE, UnpublishedRow
from domain.calendars.changes import BY_CALENDAR
from domain.cancellation import AppointmentFacts, Verdict, judge
from domain.policy import Policy
from domain.state import BookingStatus

FIND = selecting(
    f"""
SELECT a.id, a.shop_id, a.starts_at, a.status, a.payment_required, a.cancelled_from, a.cancel_reason, a.tell_customer,
       a.cancel_requested_by,
       a.source_slot_opening_id, (SELECT clock_timestamp()) AS now,
       EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                  AND p.status IN ('succeeded', 'disputed')) AS paid,
       EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                  AND (p.status IN ('refunding', 'refunded') OR p.succeeded_at IS NOT NULL)) AS once_paid,
       EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                  AND p.status IN ('pending', 'processing', 'failed')) AS payable,
       ARRAY(SELECT p.id FROM payments p
              WHERE p.appointment_id = a.id AND p.status IN ('pending', 'processing', 'failed')) AS open_payments,
       {selected()}, shop.tell_of_changes
  FROM appointments a JOIN shops shop ON shop.id = a.shop_id
 WHERE a.id = :id FOR UPDATE OF a
""",  # noqa: S608 - constants
    (
        *("id", "shop_id", "starts_at", "status", "payment_required", "cancelled_from", "cancel_reason"),
        *("tell_customer", "cancel_requested_by", "source_slot_opening_id", "now"),
        *("paid", "once_paid", "payable", "open_payments"),
        *(*POLICY_COLUMNS, "tell_of_changes"),
    ),
)


@dataclass(frozen=True, slots=True)
class FoundAppointment:
    """An appointment as the rules need it, with the database's time (UTC) and the shop's policy.

    `open_payments` can still succeed at Stripe. `cancelled_by` is "customer", "api", "clean-up" or another actor, and
    None while the appointment is live. If a cancellation is waiting for its payment to be cancelled, `requested_by`
    is the actor who requested it, if known.
    """

    id: UUID
    shop_id: UUID
    source_slot_opening_id: UUID | None
    facts: AppointmentFacts
    now: datetime
    policy: Policy
    open_payments: list[UUID]
    cancelled_by: str | None
    requested_by: str | None
    tell_customer: bool
    """Whether the customer is notified of the cancellation."""
    tells_of_changes: bool
    """The shop's setting: whether customers are notified when the shop moves or cancels their appointment."""


def find(session: Session, appointment_id: UUID) -> FoundAppointment | None:
    """Returns the appointment, locked until the end of the transaction, or None if it doesn't exist."""
    row = session.execute(FIND, {"id": appointment_id}).mappings().one_or_none()
    return None if row is None else _found(row)


def _found(row: RowMapping) -> FoundAppointment:
    return FoundAppointment(
        id=row["id"],
        shop_id=row["shop_id"],
        source_slot_opening_id=row["source_slot_opening_id"],
        facts=AppointmentFacts(
            status=BookingStatus(row["status"]),
            starts_at=row["starts_at"],
            payment_required=row["payment_required"],
            paid=row["paid"],
            once_paid=row["once_paid"],
            payable=row["payable"],
            was=BookingStatus(row["cancelled_from"]) if row["cancelled_from"] else None,
            moved_up=row["cancel_reason"] == move_ups.REASON,
        ),
        now=row["now"],
        policy=policy_of(row),
        open_payments=row["open_payments"],
        cancelled_by=row["cancel_reason"],
        requested_by=row["cancel_requested_by"],
        tell_customer=row["tell_customer"],
        tells_of_changes=row["tell_of_changes"],
    )


def request_cancellation(
    session: Session, appointment_id: UUID, *, by: str, actor: str | None = None, tell_customer: bool | None = False
) -> Verdict | None:
    """Cancels a booked appointment, or records the request if a payment must be cancelled first. Idempotent.

    `by` is the origin of the request (api, customer, staff ...); `actor` is its author for the log, if known.
    `tell_customer`: whether the customer is notified of the cancellation; None applies the shop's setting. Returns
    None if the appointment doesn't exist.
    """
    found = find(session, appointment_id)
    if found is None:
        return None
    verdict = judge(found.facts, now=found.now)
    tell = found.tells_of_changes if tell_customer is None else tell_customer
    if verdict is Verdict.CANCEL:
        mark_cancelled(session, found, by=by, actor=actor, tell_customer=tell, offer_again=True)
        # If the balance was already requested, its payment is cancelled.
        for payment_id in found.open_payments:
            pending_tasks.add(
                session, "cancel_payment", payment_id, key=f"cancel_payment:{payment_id}", shop_id=found.shop_id
            )
    elif verdict is Verdict.CANCEL_PAYMENT_FIRST and _note_request(session, found, by, actor, tell_customer=tell):
        pending_tasks.add(session, "cancel_appointment", found.id, by, shop_id=found.shop_id)
    return verdict


CANCEL = selecting(read("cancel.sql"), ("id",))
NOTE_REQUEST = text("""
UPDATE appointments SET cancel_requested_at = (SELECT clock_timestamp()), cancel_requested_by = :actor,
       tell_customer = tell_customer OR :tell
 WHERE id = :id AND cancel_requested_at IS NULL
""")

BY_STAFF = "staff"
BY_WHOM = {
    "api": "the booking system",
    BY_CALENDAR: "the connected calendar",
    "clean-up": "the clean-up",
    "customer": "the customer",
    BY_STAFF: "your team",
}


def whom(by: str, actor: str | None) -> str:
    """Returns the author of a change for the audit log: the API key with its label, or the origin in words."""
    return api_keys.name_of(actor or "") or BY_WHOM.get(by, by)


def mark_cancelled(
    session: Session,
    found: FoundAppointment,
    *,
    by: str,
    actor: str | None = None,
    tell_customer: bool = False,
    offer_again: bool = False,
) -> bool:
    """Cancels a live appointment, and marks its payments as kept by the shop.

    `offer_again`: whether the same statement adds the task that offers the time again. Returns False if the
    appointment is no longer live.
    """
    task = UnpublishedRow(uuid4(), "create_slot_opening", [str(found.id)]) if offer_again else None
    values = {
        "id": found.id,
        "by": by,
        "actor": actor or by,
        "reason": f"The appointment was cancelled by {whom(by, actor)}.",
        "tell": tell_customer,
        "task_id": task and task.id,
        "task": task and task.name,
        "patience": PATIENCE,
    }
    cancelled = session.execute(CANCEL, values).one_or_none() is not None
    if cancelled and task:
        pending_tasks.leave_unpublished(session, [task])
    return cancelled


def _note_request(
    session: Session, found: FoundAppointment, by: str, actor: str | None, *, tell_customer: bool
) -> bool:
    """Records the request. Returns False if the cancellation was already requested."""
    values = {"id": found.id, "actor": actor, "tell": tell_customer}
    if not session.execute(NOTE_REQUEST, values).rowcount:  # type: ignore[attr-defined]
        return False
    audit.note(
        session,
        event="CancellationRequested",
        reason=f"The cancellation was requested by {whom(by, actor)}.",
        shop_id=found.shop_id,
        appointment_id=found.id,
        actor=actor or by,
    )
    return True


def open_slot(session: Session, appointment_id: UUID) -> tuple[UUID, bool]:
    """Creates or reuses the slot opening for this appointment's time. Returns its id and whether it is new."""
    row = session.get_one(Appointment, appointment_id)
    return slot_times.open_time(
        session,
        FreedTime(
            row.shop_id,
            row.performer_id,
            row.starts_at,
            row.ends_at,
            source_appointment_id=appointment_id,
            **move_ups.chain_after(session, appointment_id),
        ),
    )


OPEN_PAYMENTS = text("""
SELECT id FROM payments WHERE appointment_id = :id AND status IN ('pending', 'processing', 'failed')
""")
END_PAYMENTS = text("""
UPDATE payments SET status = 'cancelled' WHERE appointment_id = :id AND status IN ('pending', 'processing')
""")
ACCEPTED_OFFER = text("""
SELECT o.id FROM appointments a
  JOIN slot_offers o ON o.slot_opening_id = a.source_slot_opening_id AND o.customer_id = a.customer_id
 WHERE a.id = :id
""")


def open_payments(session: Session, appointment_id: UUID) -> list[UUID]:
    """Returns the payments that can still succeed at Stripe. A declined payment can succeed until it is cancelled."""
    return list(session.execute(OPEN_PAYMENTS, {"id": appointment_id}).scalars())


def end_payments(session: Session, appointment_id: UUID) -> None:
    """Marks the open payments as cancelled. Stripe must already have cancelled them."""
    session.execute(END_PAYMENTS, {"id": appointment_id})


def accepted_offer(session: Session, appointment_id: UUID) -> UUID | None:
    """Returns the offer that led to the booking, or None if the booking was not recovered."""
    found: UUID | None = session.execute(ACCEPTED_OFFER, {"id": appointment_id}).scalar_one_or_none()
    return found
