"""Loads a recovery under lock and saves what was decided, each change from the expected state only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.sql import read
from domain.policy import Policy
from domain.state import (
    Attempt,
    Booking,
    BookingStatus,
    ClosedAs,
    Offer,
    OfferStatus,
    Payment,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    Slot,
    SlotStatus,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A recovery, the database's time at which it was read (UTC), its shop's policy and time zone."""

    recovery: Recovery
    now: datetime
    policy: Policy
    timezone: str
    price_cents: int | None


LOCK = text("SELECT id FROM slot_openings WHERE id = :id FOR UPDATE")
LOAD = text(read("recovery.sql"))


def lock(session: Session, slot_opening_id: UUID) -> bool:
    """Waits for the slot's row and keeps it to the end of the transaction; False when there is no such slot."""
    return session.execute(LOCK, {"id": slot_opening_id}).one_or_none() is not None


def load(
    session: Session, slot_opening_id: UUID, *, offer_id: UUID | None = None, payment_id: UUID | None = None
) -> Loaded | None:
    """The recovery as it stands now, locked; None when there is no such slot.

    The offer or payment an event is about becomes the past attempt, unless it belongs to the current one. Lock and
    load are two statements on purpose: the second sees what the lock's former owner committed.
    """
    if not lock(session, slot_opening_id):
        return None
    row = (
        session.execute(LOAD, {"id": slot_opening_id, "offer_id": offer_id, "payment_id": payment_id})
        .mappings()
        .one()
    )
    recovery = Recovery(slot=_slot(row), current=_attempt(row, "current"), past=_attempt(row, "past"))
    return Loaded(recovery, row["now"], policy_of(row), row["timezone"], row["price_cents"])


def policy_of(row: RowMapping) -> Policy:
    """A shop's policy from the columns of `shops`."""
    return Policy(
        offer_window=timedelta(minutes=row["offer_window_minutes"]),
        payment_window=timedelta(minutes=row["payment_window_minutes"]),
        cooldown=timedelta(hours=row["cooldown_hours"]),
        payment_attempts=row["payment_attempts"],
        require_prior_booking=row["require_prior_booking"],
        min_notice=timedelta(minutes=row["min_notice_minutes"]),
        recovery_enabled=row["recovery_enabled"],
        recover_unpaid=row["recover_unpaid"],
        quiet_from=row["quiet_from"],
        quiet_until=row["quiet_until"],
    )


def _slot(row: RowMapping) -> Slot:
    return Slot(
        id=row["id"],
        shop_id=row["shop_id"],
        performer_id=row["performer_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        status=SlotStatus(row["status"]),
        deposit_cents=row["deposit_cents"],
        currency=row["currency"],
        freed_at=row["freed_at"],
        next_search_at=row["next_search_at"],
        closed_as=ClosedAs(row["closed_as"]) if row["closed_as"] else None,
        taken=row["taken"],
    )


def _attempt(row: RowMapping, which: str) -> Attempt:
    part: dict[str, dict[str, Any] | None] = {
        name: row[f"{which}_{name}"] for name in ("offer", "booking", "payment")
    }
    return Attempt(
        offer=_offer(part["offer"]),
        booking=_booking(part["booking"]),
        payment=_payment(part["payment"]),
        busy=bool(row[f"{which}_busy"]),
    )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _offer(row: dict[str, Any] | None) -> Offer | None:
    return (
        None
        if row is None
        else Offer(
            id=UUID(row["id"]),
            customer_id=UUID(row["customer_id"]),
            status=OfferStatus(row["status"]),
            expires_at=_time(row["expires_at"]),
            sent_at=_time(row["sent_at"]),
            accepted_at=_time(row["accepted_at"]),
            ended_at=_time(row["ended_at"]),
            late_yes_at=_time(row["late_yes_at"]),
            untried=row["untried"],
        )
    )


def _booking(row: dict[str, Any] | None) -> Booking | None:
    return (
        None
        if row is None
        else Booking(id=UUID(row["id"]), customer_id=UUID(row["customer_id"]), status=BookingStatus(row["status"]))
    )


def _payment(row: dict[str, Any] | None) -> Payment | None:
    return (
        None
        if row is None
        else Payment(
            id=UUID(row["id"]),
            status=PaymentStatus(row["status"]),
            amount_cents=row["amount_cents"],
            currency=row["currency"],
            expires_at=_time(row["expires_at"]),
            failures=row["failures"],
            releasing=ReleaseReason(row["release_reason"]) if row["release_reason"] else None,
            needs_human=row["needs_human"],
        )
    )


class Stale(Exception):
    """A row was not in the state the decision was made for. Roll back, load again, decide again."""


class CustomerTaken(Exception):
    """The customer got another live offer in the same moment: the offer was not written. Choose another one."""


def save(session: Session, before: Recovery, after: Recovery, *, because: str) -> None:
    """Writes the difference. Raises Stale, or CustomerTaken (nothing is written then) for a new offer."""
    known_offers = {a.offer.id: a.offer for a in (before.current, before.past) if a.offer}
    known_bookings = {a.booking.id: a.booking for a in (before.current, before.past) if a.booking}
    known_payments = {a.payment.id: a.payment for a in (before.current, before.past) if a.payment}
    # Bookings before the slot, offers last but before what is inserted for them; releases before new ones.
    for attempt in (after.current, after.past):
        _save_offer(session, after.slot, attempt.offer, known_offers)
        _save_booking(session, after.slot, attempt.booking, known_bookings)
        _save_payment(session, after.slot, attempt, known_payments)
    if after.slot != before.slot:
        _change(session, UPDATE_SLOT, _slot_values(after.slot) | {"was": before.slot.status, "because": because})


def _change(session: Session, statement: Any, values: dict[str, Any]) -> None:
    if session.execute(statement, values).rowcount != 1:  # type: ignore[attr-defined]
        raise Stale(str(values["id"]))


UPDATE_SLOT = text("""
UPDATE slot_openings
   SET status = :status, freed_at = :freed_at, closed_as = :closed_as, because = :because,
       next_search_at = coalesce(:next_search_at, next_search_at)
 WHERE id = :id AND status = :was
""")


def _slot_values(slot: Slot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "status": slot.status,
        "freed_at": slot.freed_at,
        "closed_as": slot.closed_as,
        "next_search_at": slot.next_search_at,
    }


UPDATE_OFFER = text("""
UPDATE slot_offers
   SET status = :status, expires_at = :expires_at, sent_at = :sent_at, accepted_at = :accepted_at,
       ended_at = :ended_at, late_yes_at = :late_yes_at
 WHERE id = :id AND status = :was
""")
# One statement guards three things: one live offer for the slot, one for the customer, and nobody asked twice.
INSERT_OFFER = text("""
INSERT INTO slot_offers (id, shop_id, slot_opening_id, customer_id, status, expires_at)
VALUES (:id, :shop_id, :slot_opening_id, :customer_id, :status, :expires_at)
ON CONFLICT DO NOTHING
""")


def _save_offer(session: Session, slot: Slot, offer: Offer | None, known: dict[UUID, Offer]) -> None:
    if offer is None or known.get(offer.id) == offer:
        return
    values = {
        "id": offer.id,
        "shop_id": slot.shop_id,
        "slot_opening_id": slot.id,
        "customer_id": offer.customer_id,
        "status": offer.status,
        "expires_at": offer.expires_at,
        "sent_at": offer.sent_at,
        "accepted_at": offer.accepted_at,
        "ended_at": offer.ended_at,
        "late_yes_at": offer.late_yes_at,
    }
    if offer.id in known:
        _change(session, UPDATE_OFFER, values | {"was": known[offer.id].status})
    elif session.execute(INSERT_OFFER, values).rowcount != 1:  # type: ignore[attr-defined]
        raise CustomerTaken(str(offer.customer_id))


UPDATE_BOOKING = text("""
UPDATE appointments
   SET status = :status,
       cancelled_at = CASE WHEN CAST(:status AS text) = 'cancelled' THEN (SELECT clock_timestamp()) END,
       cancelled_from = CASE WHEN CAST(:status AS text) = 'cancelled' THEN status END,
       confirmed_at = CASE WHEN CAST(:status AS text) = 'booked' THEN (SELECT clock_timestamp()) ELSE confirmed_at END
 WHERE id = :id AND status = :was
""")
# What is sold is what was cancelled: its price, its deposit and its service are copied.
INSERT_BOOKING = text("""
INSERT INTO appointments (id, shop_id, performer_id, customer_id, starts_at, ends_at, status, payment_required,
                          price_cents, deposit_cents, service, source_slot_opening_id, confirmed_at)
SELECT :id, s.shop_id, s.performer_id, :customer_id, s.starts_at, s.ends_at, :status,
       CAST(:deposit_cents AS integer) > 0, source.price_cents, :deposit_cents, source.service, s.id,
       CASE WHEN CAST(:status AS text) = 'booked' THEN (SELECT clock_timestamp()) END
  FROM slot_openings s LEFT JOIN appointments source ON source.id = s.source_appointment_id
 WHERE s.id = :slot_opening_id
""")


def _save_booking(session: Session, slot: Slot, booking: Booking | None, known: dict[UUID, Booking]) -> None:
    if booking is None or known.get(booking.id) == booking:
        return
    values = {"id": booking.id, "status": booking.status}
    if booking.id in known:
        _change(session, UPDATE_BOOKING, values | {"was": known[booking.id].status})
        return
    new = {
        "customer_id": booking.customer_id,
        "slot_opening_id": slot.id,
        "deposit_cents": slot.deposit_cents,
    }
    _change(session, INSERT_BOOKING, values | new)


UPDATE_PAYMENT = text("""
UPDATE payments
   SET status = :status, expires_at = :expires_at, failures = :failures, release_reason = :release_reason,
       release_requested_at = CASE WHEN CAST(:release_reason AS text) IS NOT NULL
                              THEN coalesce(release_requested_at, (SELECT clock_timestamp()))
                              ELSE release_requested_at END,
       succeeded_at = CASE WHEN CAST(:status AS text) IN ('succeeded', 'refunding')
                      THEN coalesce(succeeded_at, (SELECT clock_timestamp())) ELSE succeeded_at END,
       needs_human = :needs_human
 WHERE id = :id AND status = :was
""")
INSERT_PAYMENT = text("""
INSERT INTO payments (id, shop_id, appointment_id, amount_cents, currency, status, expires_at)
VALUES (:id, :shop_id, :appointment_id, :amount_cents, :currency, :status, :expires_at)
""")


def _save_payment(session: Session, slot: Slot, attempt: Attempt, known: dict[UUID, Payment]) -> None:
    payment, booking = attempt.payment, attempt.booking
    if payment is None or booking is None or known.get(payment.id) == payment:
        return
    values = {
        "id": payment.id,
        "status": payment.status,
        "expires_at": payment.expires_at,
        "failures": payment.failures,
        "release_reason": payment.releasing,
        "needs_human": payment.needs_human,
    }
    if payment.id in known:
        _change(session, UPDATE_PAYMENT, values | {"was": known[payment.id].status})
        return
    new = {
        "shop_id": slot.shop_id,
        "appointment_id": booking.id,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
    }
    _change(session, INSERT_PAYMENT, values | new)


TIME_OF = text("SELECT shop_id, starts_at, performer_id FROM slot_openings WHERE id = :id")


def time_of(session: Session, slot_opening_id: UUID) -> tuple[UUID, datetime, UUID | None] | None:
    """Shop, start (UTC) and performer of a slot: what its lock is named by. None when there is no such slot."""
    row = session.execute(TIME_OF, {"id": slot_opening_id}).one_or_none()
    return None if row is None else (row.shop_id, row.starts_at, row.performer_id)
