"""Appointments for the shop's pages: lists of upcoming appointments, and one appointment with its payments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import composed
from views.recovery_list import RecoveryFilter
from views.timeline.labels import by_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAppointment:
    """A listed appointment. Times are timezone-aware; amounts are in minor units.

    `paid_cents` is the sum of all payments minus refunds.
    """

    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: str
    service: str | None
    customer_id: UUID
    customer: str
    phone: str | None = field(repr=False)
    performer: str | None
    price_cents: int | None
    paid_cents: int
    currency: str
    source_slot_opening_id: UUID | None
    opened_slot_id: UUID | None
    payment_required: bool
    created_at: dt.datetime
    cancelled_at: dt.datetime | None
    cancel_reason: str | None
    cancel_requested_at: dt.datetime | None
    performer_id: UUID | None
    note: str | None = field(repr=False)
    moving_in: str | None
    """The connected calendar that has not accepted a move yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPayment:
    """A payment for an appointment. The payment may still be open."""

    id: UUID
    kind: str
    attempt: int
    status: str
    amount_cents: int
    currency: str
    stripe_payment_intent_id: str | None
    created_at: dt.datetime
    needs_human: str | None
    refunded_cents: int
    requested_cents: int
    """The sum of the refunds in progress."""

    @property
    def refundable_cents(self) -> int:
        """The amount that can still be refunded. It is 0 if the payment was not made through Stripe."""
        if self.status != "succeeded" or self.stripe_payment_intent_id is None:
            return 0
        return self.amount_cents - self.refunded_cents - self.requested_cents


SELECT = """
SELECT a.id, a.starts_at, a.ends_at, a.status, coalesce(a.service, service.name) AS service, a.customer_id,
       c.name AS customer, c.phone,
       p.name AS performer, a.price_cents, coalesce(a.currency, shop.currency) AS currency,
       a.source_slot_opening_id, a.payment_required, a.created_at, a.cancelled_at,
       a.cancel_reason, a.cancel_requested_at, a.performer_id, a.note,
       (SELECT coalesce(sum(m.amount_cents - m.refunded_cents), 0)::int FROM payments m
         WHERE m.appointment_id = a.id AND m.shop_id = a.shop_id AND m.status IN ('succeeded', 'disputed'))
         AS paid_cents,
       (SELECT s.id FROM slot_openings s
         WHERE s.source_appointment_id = a.id AND s.shop_id = a.shop_id LIMIT 1) AS opened_slot_id,
       (SELECT calendar.name FROM appointment_moves move JOIN calendars calendar ON calendar.id = a.calendar_id
         WHERE move.appointment_id = a.id AND move.shop_id = a.shop_id AND move.in_calendar = 'waiting' LIMIT 1)
         AS moving_in
  FROM appointments a
  JOIN shops shop ON shop.id = a.shop_id
  JOIN customers c ON c.id = a.customer_id AND c.shop_id = a.shop_id
  LEFT JOIN performers p ON p.id = a.performer_id AND p.shop_id = a.shop_id
  LEFT JOIN services service ON service.id = a.service_id AND service.shop_id = a.shop_id
 WHERE a.shop_id = :shop_id"""
NARROWED_BY: dict[str, str] = {
    "starts_from": "AND a.starts_at >= :starts_from",
    "starts_before": "AND a.starts_at < :starts_before",
    "performer_id": "AND a.performer_id = :performer_id",
    "people": "AND a.customer_id = ANY(:people)",
}
UPCOMING = """
 AND a.status IN ('pending_payment', 'booked') AND a.starts_at > (SELECT clock_timestamp())
 ORDER BY a.starts_at, a.id LIMIT :limit"""
ONE = text(f"{SELECT} AND a.id = :id")
OF_CUSTOMER = text(f"{SELECT} AND a.customer_id = :customer_id ORDER BY a.starts_at DESC LIMIT :limit")


def upcoming(session: Session, shop_id: UUID, matching: RecoveryFilter, *, limit: int) -> list[ListedAppointment]:
    """Returns upcoming appointments and holds, the earliest first. Ignores the filter's `standings`."""
    given: dict[str, Any] = {name: value for name in NARROWED_BY if (value := getattr(matching, name)) is not None}
    narrowed = " ".join(NARROWED_BY[name] for name in given)
    if "people" in given:
        given["people"] = list(given["people"])
    given |= {"shop_id": shop_id, "limit": limit}
    return [
        ListedAppointment(**row)
        for row in session.execute(composed(f"{SELECT} {narrowed} {UPCOMING}"), given).mappings()
    ]


def one(session: Session, shop_id: UUID, appointment_id: UUID) -> ListedAppointment | None:
    """Returns the appointment, or None if this shop has no such appointment."""
    row = session.execute(ONE, {"shop_id": shop_id, "id": appointment_id}).mappings().one_or_none()
    return None if row is None else ListedAppointment(**row)


def of_customer(session: Session, shop_id: UUID, customer_id: UUID, *, limit: int) -> list[ListedAppointment]:
    """The customer's appointments, latest first."""
    values = {"shop_id": shop_id, "customer_id": customer_id, "limit": limit}
    return [ListedAppointment(**row) for row in session.execute(OF_CUSTOMER, values).mappings()]


PAYMENTS = text(f"""
SELECT {", ".join(name for name in ListedPayment.__dataclass_fields__ if name != "requested_cents")},
       (SELECT coalesce(sum(r.amount_cents), 0)::int FROM refunds r
         WHERE r.payment_id = payments.id AND r.shop_id = payments.shop_id AND r.status = 'requested')
         AS requested_cents
  FROM payments
 WHERE shop_id = :shop_id AND appointment_id = :id ORDER BY created_at, attempt
""")  # noqa: S608 - constants
LOG = text("""
SELECT l.created_at, l.event, l.because AS reason, l.severity, st.name AS staff
  FROM audit_logs l LEFT JOIN staff st ON st.id::text = l.actor AND st.shop_id = l.shop_id
 WHERE l.shop_id = :shop_id AND l.appointment_id = :id ORDER BY l.seq LIMIT 200
""")
PERFORMERS = text("SELECT id, name FROM performers WHERE shop_id = :shop_id ORDER BY name, id")
BOOKABLE = text("SELECT id, name FROM performers WHERE shop_id = :shop_id AND active ORDER BY name, id")


def payments(session: Session, shop_id: UUID, appointment_id: UUID) -> list[ListedPayment]:
    """The payments for one appointment, oldest first."""
    rows = session.execute(PAYMENTS, {"shop_id": shop_id, "id": appointment_id}).mappings()
    return [ListedPayment(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class ListedAuditEntry:
    """An entry of the audit log."""

    at: dt.datetime
    event: str
    reason: str
    severity: str
    staff: str | None
    """The name of the staff member who acted."""


def log(session: Session, shop_id: UUID, appointment_id: UUID) -> list[ListedAuditEntry]:
    """The audit log of one appointment, oldest entry first."""
    rows = session.execute(LOG, {"shop_id": shop_id, "id": appointment_id})
    return [
        ListedAuditEntry(row.created_at, row.event, by_name(row.reason, row.staff), row.severity, row.staff)
        for row in rows
    ]


def performers(session: Session, shop_id: UUID) -> dict[UUID, str]:
    """Returns the names of all performers by id, including deactivated performers."""
    return {row.id: row.name for row in session.execute(PERFORMERS, {"shop_id": shop_id})}


def bookable_performers(session: Session, shop_id: UUID) -> dict[UUID, str]:
    """The names of the active performers by id."""
    return {row.id: row.name for row in session.execute(BOOKABLE, {"shop_id": shop_id})}
