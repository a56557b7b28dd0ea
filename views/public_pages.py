"""The data of the payment page and the booking page, found by a token. Read-only."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from domain.money import to_stripe
from domain.state import BookingStatus, PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCard:
    """The shop details that customers see. `timezone` is an IANA name."""

    name: str
    timezone: str
    currency: str
    address: str | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAppointment:
    """The appointment. Times are timezone-aware; `price_cents` is in the currency's smallest unit."""

    id: UUID
    status: BookingStatus
    starts_at: dt.datetime
    ends_at: dt.datetime
    service: str | None
    performer: str | None
    price_cents: int | None
    manage_token: str = field(repr=False)
    cancel_requested: bool
    cancelled_at: dt.datetime | None
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """One payment. `locale` is the customer's or else the shop's locale.

    `attempts` is the number of declined cards that ends the hold; None if there is no limit. `taken` is true if
    another customer has a live booking for the same time. `paid_cents` is the sum of all payments for the booking.
    """

    now: dt.datetime
    locale: str
    shop: ShopCard
    appointment: PublicAppointment
    payment_id: UUID
    kind: str
    amount_cents: int
    currency: str
    status: PaymentStatus
    client_secret: str | None = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime | None
    hold_seconds: int
    failures: int
    attempts: int | None
    failure_code: str | None
    releasing: bool
    release_reason: str | None
    needs_human: bool
    taken: bool
    paid_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDue:
    """A payment that is due. `expires_at` is the deadline, if any."""

    kind: str
    amount_cents: int
    currency: str
    pay_token: str = field(repr=False)
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPage:
    """One booking. `locale` is the customer's or else the shop's locale.

    `paid_cents` is the sum that the shop keeps; `returned_cents` is the sum refunded or being refunded. `first_id` is
    the id of the booking before it was moved to earlier times.
    """

    now: dt.datetime
    locale: str
    shop: ShopCard
    appointment: PublicAppointment
    paid_cents: int
    returned_cents: int
    due: PaymentDue | None
    first_id: UUID


SHOP_AND_APPOINTMENT = """
  s.name AS shop_name, s.timezone, coalesce(a.currency, s.currency) AS shop_currency, s.address, s.phone,
  coalesce(c.locale, s.locale) AS locale,
  a.id, a.status, a.starts_at, a.ends_at, a.service, performer.name AS performer, a.price_cents, a.manage_token,
  a.cancel_requested_at IS NOT NULL AS cancel_requested, a.cancelled_at, a.updated_at,
  (SELECT clock_timestamp()) AS now"""
# Repeats the expression of the exclusion constraint, so that Postgres uses its index.
TAKEN = """
  EXISTS (
    SELECT 1 FROM appointments other
     WHERE uuidrange(coalesce(other.performer_id, other.shop_id), coalesce(other.performer_id, other.shop_id), '[]')
           && uuidrange(coalesce(a.performer_id, a.shop_id), coalesce(a.performer_id, a.shop_id), '[]')
       AND tstzrange(other.starts_at, other.ends_at) && tstzrange(a.starts_at, a.ends_at)
       AND other.status IN ('pending_payment', 'booked') AND other.id <> a.id AND other.shop_id = a.shop_id)"""
SUM_OF = """
  (SELECT coalesce(sum({amount}), 0)::int FROM payments m
    WHERE m.appointment_id = a.id AND m.shop_id = a.shop_id AND m.status IN ({statuses}))"""
PAID = SUM_OF.format(amount="m.amount_cents - m.refunded_cents", statuses="'succeeded', 'disputed'")
RETURNED = SUM_OF.format(
    amount="CASE WHEN m.status IN ('refunding', 'refunded') THEN m.amount_cents ELSE m.refunded_cents END",
    statuses="'succeeded', 'disputed', 'refunding', 'refunded'",
)

PAYMENT = text(f"""
SELECT p.id AS payment_id, p.kind, p.amount_cents, p.currency, p.status AS payment_status, p.client_secret,
       p.created_at, p.expires_at, s.payment_window_minutes * 60 AS hold_seconds, p.failures,
       CASE WHEN p.kind = 'deposit' AND a.source_slot_opening_id IS NOT NULL THEN s.payment_attempts END AS attempts,
       p.failure_code, p.release_requested_at IS NOT NULL AS releasing,
       p.release_reason, p.needs_human IS NOT NULL AS needs_human, {TAKEN} AS taken, {PAID} AS paid_cents,
       {SHOP_AND_APPOINTMENT}
  FROM payments p
  JOIN appointments a ON a.id = p.appointment_id AND a.shop_id = p.shop_id
  JOIN shops s ON s.id = p.shop_id
  JOIN customers c ON c.id = a.customer_id AND c.shop_id = a.shop_id
  LEFT JOIN performers performer ON performer.id = a.performer_id AND performer.shop_id = a.shop_id
 WHERE p.pay_token = :token
""")  # noqa: S608 - built from the constants above

# A booking that was never confirmed has replaced no other booking.
FIRST_ID = """
  (WITH RECURSIVE before AS (
     SELECT a.id, a.moved_from_appointment_id AS from_id, a.confirmed_at, 0 AS moves
     UNION ALL
     SELECT old.id, old.moved_from_appointment_id, old.confirmed_at, before.moves + 1
       FROM before JOIN appointments old ON old.id = before.from_id AND old.shop_id = a.shop_id
      WHERE before.confirmed_at IS NOT NULL
   ) SELECT id FROM before ORDER BY moves DESC LIMIT 1)"""
BOOKING = text(f"""
SELECT {PAID} AS paid_cents, {RETURNED} AS returned_cents, {FIRST_ID} AS first_id,
       due.kind AS due_kind, due.amount_cents AS due_amount_cents, due.currency AS due_currency,
       due.pay_token AS due_pay_token, due.expires_at AS due_expires_at,
       {SHOP_AND_APPOINTMENT}
  FROM appointments a
  JOIN shops s ON s.id = a.shop_id
  JOIN customers c ON c.id = a.customer_id AND c.shop_id = a.shop_id
  LEFT JOIN performers performer ON performer.id = a.performer_id AND performer.shop_id = a.shop_id
  LEFT JOIN LATERAL (
    SELECT p.* FROM payments p
     WHERE p.appointment_id = a.id AND p.shop_id = a.shop_id AND p.status IN ('pending', 'failed')
       AND p.release_requested_at IS NULL
       AND (p.expires_at IS NULL OR p.expires_at > (SELECT clock_timestamp()))
     ORDER BY p.kind = 'balance', p.attempt DESC LIMIT 1) due ON true
 WHERE a.manage_token = :token
""")  # noqa: S608 - built from the constants above


def payment_by_token(session: Session, token: str) -> PaymentPage | None:
    """Returns the payment with this token, or None."""
    row = session.execute(PAYMENT, {"token": token}).mappings().one_or_none()
    if row is None:
        return None
    columns = {name: row[name] for name in PaymentPage.__dataclass_fields__ if name in row and name != "status"}
    columns |= {"amount_cents": to_stripe(row["amount_cents"], row["currency"])}
    return PaymentPage(
        **columns, status=PaymentStatus(row["payment_status"]), shop=shop_card(row), appointment=_appointment(row)
    )


def booking_by_token(session: Session, token: str) -> BookingPage | None:
    """Returns the booking with this token, or None."""
    row = session.execute(BOOKING, {"token": token}).mappings().one_or_none()
    if row is None:
        return None
    due = _due(row) if row["due_pay_token"] else None
    return BookingPage(
        now=row["now"],
        locale=row["locale"],
        shop=shop_card(row),
        appointment=_appointment(row),
        paid_cents=row["paid_cents"],
        returned_cents=row["returned_cents"],
        due=due,
        first_id=row["first_id"],
    )


def _due(row: RowMapping) -> PaymentDue:
    """The due payment. Its amount is the amount that Stripe charges, which may differ from the stored amount."""
    columns = {name: row[f"due_{name}"] for name in PaymentDue.__dataclass_fields__}
    return PaymentDue(**columns | {"amount_cents": to_stripe(row["due_amount_cents"], row["due_currency"])})


def shop_card(row: RowMapping) -> ShopCard:
    """Returns the shop of a row. A blank name becomes “The shop”."""
    columns = {name: row[name] for name in ("timezone", "address", "phone")}
    return ShopCard(name=row["shop_name"].strip() or "The shop", currency=row["shop_currency"], **columns)


def _appointment(row: RowMapping) -> PublicAppointment:
    columns = {name: row[name] for name in PublicAppointment.__dataclass_fields__ if name != "status"}
    return PublicAppointment(**columns, status=BookingStatus(row["status"]))
