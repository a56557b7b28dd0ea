"""Saves decisions about recoveries. A row is updated only if it is still in the expected state."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.state import Attempt, Booking, Deposit, Offer, Recovery, Slot, deposit_for


class StaleStateError(Exception):
    """A row is no longer in the state on which the decision was based. Roll back, then load and decide again."""


class CustomerTakenError(Exception):
    """The offer was not inserted, because at the same time the customer got another live offer or was erased.

    Another customer must be chosen.
    """


@dataclass(frozen=True, slots=True)
class RecoveryChange:
    """A recovery before and after a decision, and the reason of the decision as a sentence for the shop."""

    before: Recovery
    after: Recovery
    reason: str


Write = tuple[TextClause, dict[str, Any]]

UPDATE_OFFER = text("""
UPDATE slot_offers
   SET status = :status, expires_at = :expires_at, sent_at = :sent_at, accepted_at = :accepted_at,
       ended_at = :ended_at, late_yes_at = :late_yes_at, ended_as = :ended_as, deposit_cents = :deposit_cents,
       currency = :currency,
       ended_by = CASE WHEN CAST(:ended_as AS text) = 'staff' THEN ended_by END
 WHERE id = :id AND status = :was
""")
# The same for many offers, such as those that expire in one sweep.
UPDATE_OFFERS = text("""
UPDATE slot_offers o
   SET status = new.status, expires_at = new.expires_at, sent_at = new.sent_at, accepted_at = new.accepted_at,
       ended_at = new.ended_at, late_yes_at = new.late_yes_at, ended_as = new.ended_as,
       deposit_cents = new.deposit_cents, currency = new.currency,
       ended_by = CASE WHEN new.ended_as = 'staff' THEN o.ended_by END
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
         id uuid, was text, status text, expires_at timestamptz, sent_at timestamptz, accepted_at timestamptz,
         ended_at timestamptz, late_yes_at timestamptz, ended_as text, deposit_cents integer, currency text)
 WHERE o.id = new.id AND o.status = new.was
""")
# An erasure locks the customer. The insert waits for it, and then finds no customer.
NOT_ERASED = "EXISTS (SELECT FROM customers c WHERE c.id = :customer_id AND c.anonymised_at IS NULL FOR KEY SHARE)"
# ON CONFLICT applies to three constraints: a slot and a customer can have only one live offer each, and a customer
# can have only one offer for a slot.
INSERT_OFFER = text(f"""
INSERT INTO slot_offers (id, shop_id, slot_opening_id, customer_id, channel, status, expires_at, window_minutes,
                         move_from_appointment_id, move_from_starts_at, books_until, service_id, deposit_cents,
                         currency)
SELECT :id, :shop_id, :slot_opening_id, :customer_id, :channel, :status, :expires_at, :window_minutes,
       :move_from_appointment_id, :move_from_starts_at, :books_until, :service_id, :deposit_cents, :currency
 WHERE {NOT_ERASED}
ON CONFLICT DO NOTHING
""")
UPDATE_BOOKING = text("""
UPDATE appointments
   SET status = :status,
       cancelled_at = CASE WHEN CAST(:status AS text) = 'cancelled' THEN (SELECT clock_timestamp()) END,
       cancelled_from = CASE WHEN CAST(:status AS text) = 'cancelled' THEN status END,
       confirmed_at = CASE WHEN CAST(:status AS text) = 'booked' THEN (SELECT clock_timestamp()) ELSE confirmed_at END
 WHERE id = :id AND status = :was
""")
# The price and service are copied from the cancelled appointment, or from the slot's service. If neither the
# cancelled appointment nor the slot has a service, :service_id is the service from the customer's waiting-list entry.
# The deposit is copied from the offer, so the price is left empty if it is now less than the deposit.
INSERT_BOOKING = text(f"""
INSERT INTO appointments (id, shop_id, performer_id, customer_id, starts_at, ends_at, status, payment_required,
                          price_cents, deposit_cents, currency, service, service_id, source_slot_opening_id,
                          confirmed_at)
SELECT :id, s.shop_id, s.performer_id, :customer_id, s.starts_at, :ends_at, :status,
       CAST(:deposit_cents AS integer) > 0,
       CASE WHEN source.price_cents IS NOT NULL AND CAST(:service_id AS uuid) IS NULL
            THEN CASE WHEN coalesce(source.currency, shop.currency) = :currency
                       AND source.price_cents >= CAST(:deposit_cents AS integer) THEN source.price_cents END
            WHEN shop.currency = :currency AND service.price_cents >= CAST(:deposit_cents AS integer)
            THEN service.price_cents END,
       :deposit_cents, nullif(CAST(:currency AS text), shop.currency), coalesce(source.service, service.name),
       service.id, s.id,
       CASE WHEN CAST(:status AS text) = 'booked' THEN (SELECT clock_timestamp()) END
  FROM slot_openings s JOIN shops shop ON shop.id = s.shop_id
  LEFT JOIN appointments source ON source.id = s.source_appointment_id
  LEFT JOIN services service ON service.id = coalesce(source.service_id, s.service_id, CAST(:service_id AS uuid))
 WHERE s.id = :slot_opening_id AND {NOT_ERASED}
""")  # noqa: S608 - constants
# A booking that replaces a later appointment gets that appointment's price and service. `db.recoveries.move_ups`
# transfers the paid deposit.
INSERT_MOVED_BOOKING = text(f"""
INSERT INTO appointments (id, shop_id, performer_id, customer_id, starts_at, ends_at, status, payment_required,
                          price_cents, deposit_cents, currency, service, service_id, source_slot_opening_id,
                          confirmed_at, moved_from_appointment_id)
SELECT :id, s.shop_id, s.performer_id, :customer_id, s.starts_at, :ends_at, :status,
       CAST(:deposit_cents AS integer) > 0,
       CASE WHEN coalesce(old.currency, shop.currency) = :currency THEN old.price_cents END,
       :deposit_cents, nullif(CAST(:currency AS text), shop.currency), old.service, old.service_id, s.id,
       CASE WHEN CAST(:status AS text) = 'booked' THEN (SELECT clock_timestamp()) END, old.id
  FROM slot_openings s JOIN shops shop ON shop.id = s.shop_id
  JOIN appointments old ON old.id = :moved_from
 WHERE s.id = :slot_opening_id AND {NOT_ERASED}
""")  # noqa: S608 - constants
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
UPDATE_SLOT = text("""
UPDATE slot_openings
   SET status = :status, ends_at = :ends_at, freed_at = :freed_at, closed_as = :closed_as, because = :because,
       next_search_at = coalesce(:next_search_at, next_search_at)
 WHERE id = :id AND status = :was
""")
# The same for many slots.
UPDATE_SLOTS = text("""
UPDATE slot_openings s
   SET status = new.status, ends_at = new.ends_at, freed_at = new.freed_at, closed_as = new.closed_as,
       because = new.because, next_search_at = coalesce(new.next_search_at, s.next_search_at)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
         id uuid, was text, status text, ends_at timestamptz, freed_at timestamptz, closed_as text, because text,
         next_search_at timestamptz)
 WHERE s.id = new.id AND s.status = new.was
""")
# Rows are written before the rows that refer to them, and released rows are written before new rows. A payment is
# updated before the booking that it pays for, so that the event payment.succeeded precedes slot.recovered.
IN_ORDER = (
    UPDATE_OFFER,
    INSERT_OFFER,
    UPDATE_PAYMENT,
    UPDATE_BOOKING,
    INSERT_BOOKING,
    INSERT_MOVED_BOOKING,
    INSERT_PAYMENT,
    UPDATE_SLOT,
)

FOR_MANY = {UPDATE_OFFER: UPDATE_OFFERS, UPDATE_SLOT: UPDATE_SLOTS}
"""The statement that writes many rows at once, for the kinds of write that occur in large numbers."""


def save(session: Session, changes: list[RecoveryChange]) -> None:
    """Writes the differences with one statement for each kind of write.

    Raises StaleStateError and CustomerTakenError.
    """
    writes: dict[TextClause, list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        for statement, values in _writes(change):
            writes[statement].append(values)
    for statement in IN_ORDER:
        if statement in writes:
            _execute(session, statement, writes[statement])


def _execute(session: Session, statement: TextClause, values: list[dict[str, Any]]) -> None:
    if len(values) > 1 and statement in FOR_MANY:
        result = session.execute(FOR_MANY[statement], {"rows": json.dumps(values, default=str)})
    else:
        result = session.execute(statement, values[0] if len(values) == 1 else values)
    changed = result.rowcount  # type: ignore[attr-defined]
    if changed != len(values):
        raise CustomerTakenError if statement is INSERT_OFFER else StaleStateError


def _writes(change: RecoveryChange) -> Iterator[Write]:
    before, after = change.before, change.after
    known = ExistingIds(before)
    for attempt in (after.current, after.past):
        yield from _offer(after.slot, attempt.offer, known.offers)
        yield from _booking(after.slot, attempt, known.bookings)
        yield from _payment(after.slot, attempt, known.payments)
    if after.slot != before.slot:
        yield UPDATE_SLOT, _slot(after.slot) | {"was": before.slot.status, "because": change.reason}


class ExistingIds:
    """The ids of existing rows, which are updated. All other rows are inserted."""

    def __init__(self, before: Recovery) -> None:
        attempts = (before.current, before.past)
        self.offers = {a.offer.id: a.offer for a in attempts if a.offer}
        self.bookings = {a.booking.id: a.booking for a in attempts if a.booking}
        self.payments = {a.payment.id: a.payment for a in attempts if a.payment}


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "status": slot.status,
        "ends_at": slot.ends_at,
        "freed_at": slot.freed_at,
        "closed_as": slot.closed_as,
        "next_search_at": slot.next_search_at,
    }


def _offer(slot: Slot, offer: Offer | None, known: dict[UUID, Offer]) -> Iterator[Write]:
    if offer is None or known.get(offer.id) == offer:
        return
    values = {
        "id": offer.id,
        "status": offer.status,
        "expires_at": offer.expires_at,
        "deposit_cents": offer.deposit and offer.deposit.cents,
        "currency": offer.deposit and offer.deposit.currency,
    }
    if offer.id in known:
        moments = {
            "sent_at": offer.sent_at,
            "accepted_at": offer.accepted_at,
            "ended_at": offer.ended_at,
            "late_yes_at": offer.late_yes_at,
            "ended_as": offer.ended_as,
        }
        yield UPDATE_OFFER, values | moments | {"was": known[offer.id].status}
    else:
        new = {
            "shop_id": slot.shop_id,
            "slot_opening_id": slot.id,
            "customer_id": offer.customer_id,
            "channel": offer.channel,
            "window_minutes": offer.window and offer.window // timedelta(minutes=1),
            "move_from_appointment_id": offer.move and offer.move.appointment_id,
            "move_from_starts_at": offer.move and offer.move.starts_at,
            "books_until": offer.books_until,
            "service_id": offer.service_id,
        }
        yield INSERT_OFFER, values | new


def _booking(slot: Slot, attempt: Attempt, known: dict[UUID, Booking]) -> Iterator[Write]:
    booking, payment = attempt.booking, attempt.payment
    if booking is None or known.get(booking.id) == booking:
        return
    values = {"id": booking.id, "status": booking.status}
    if booking.id in known:
        yield UPDATE_BOOKING, values | {"was": known[booking.id].status}
    else:
        deposit = deposit_for(slot, attempt.offer)
        new = {
            "customer_id": booking.customer_id,
            "slot_opening_id": slot.id,
            "ends_at": booking.ends_at or slot.ends_at,
            "deposit_cents": deposit.cents,
            "currency": deposit.currency,
        }
        if booking.moved_from is None:
            service_id = attempt.offer.service_id if attempt.offer else None
            yield INSERT_BOOKING, values | new | {"service_id": service_id}
        else:
            # The paid deposit is transferred with the appointment, so no deposit is due.
            due = deposit.cents if payment else 0
            yield INSERT_MOVED_BOOKING, values | new | {"moved_from": booking.moved_from, "deposit_cents": due}


def _payment(slot: Slot, attempt: Attempt, known: dict[UUID, Deposit]) -> Iterator[Write]:
    payment, booking = attempt.payment, attempt.booking
    if payment is None or booking is None or known.get(payment.id) == payment:
        return
    values = {"id": payment.id, "status": payment.status, "expires_at": payment.expires_at}
    if payment.id in known:
        course = {
            "failures": payment.failures,
            "release_reason": payment.releasing,
            "needs_human": payment.needs_human,
        }
        yield UPDATE_PAYMENT, values | course | {"was": known[payment.id].status}
    else:
        new = {
            "shop_id": slot.shop_id,
            "appointment_id": booking.id,
            "amount_cents": payment.amount_cents,
            "currency": payment.currency,
        }
        yield INSERT_PAYMENT, values | new
