"""Exports of a shop's recoveries, customers, appointments and waiting list, row by row."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import read
from domain.channels import CHANNELS
from domain.wishes import WISH_FIELDS, WishKind

CONSENTS = ", ".join(
    f"CASE WHEN {one.opt_in} AND {one.consent}_at IS NULL THEN NULL ELSE {one.opt_in} END AS {one.opt_in}"
    f", {', '.join(one.consent_columns)}"
    if one.opt_in_needs_time
    else ", ".join((one.opt_in, *one.consent_columns))
    for one in CHANNELS.values()
)
"""The columns of the consent to each channel, with its source, wording and time."""

WISHES = ", ".join(
    f"round(e.{field.column} / 60.0, 4) AS {field.name}" if field.kind is WishKind.HOURS else f"e.{field.column}"
    for field in WISH_FIELDS
)
"""The columns of the wishes in a waiting-list entry `e`, with headings that the import accepts."""

AT_ONCE = 1000

WHAT: dict[str, str] = {
    "recoveries": """
SELECT s.id, s.starts_at, s.ends_at, s.status, s.closed_as,
       /* outcome */ AS reason,
       s.created_at, performer.name AS performer,
       (SELECT count(*) FROM slot_offers o WHERE o.slot_opening_id = s.id) AS asked,
       customer.name AS sold_to, customer.phone AS phone,
       coalesce((SELECT sum(p.amount_cents - p.refunded_cents) FROM payments p
                  WHERE p.appointment_id = booking.id
                    AND p.status IN ('succeeded', 'disputed')), 0)::int AS paid_cents,
       coalesce(booking.currency, shop.currency) AS currency
  FROM slot_openings s JOIN shops shop ON shop.id = s.shop_id
  LEFT JOIN performers performer ON performer.id = s.performer_id
  LEFT JOIN LATERAL (
    SELECT a.id, a.customer_id, a.currency FROM appointments a
     WHERE a.source_slot_opening_id = s.id AND a.status IN ('booked', 'settled')
     ORDER BY a.created_at DESC LIMIT 1
  ) booking ON true
  LEFT JOIN customers customer ON customer.id = booking.customer_id
 WHERE s.shop_id = :shop_id ORDER BY s.created_at, s.id""".replace("/* outcome */", read("outcome.sql")),
    "customers": f"""
SELECT id, name, phone, email, {CONSENTS}, timezone, locale, last_settled_at, created_at
  FROM customers WHERE shop_id = :shop_id AND anonymised_at IS NULL ORDER BY created_at, id""",  # noqa: S608 - constants
    "appointments": """
SELECT a.id, a.starts_at, a.ends_at, a.status, a.service, performer.name AS performer, c.name AS customer,
       c.phone AS phone, a.price_cents, a.deposit_cents,
       coalesce((SELECT sum(p.amount_cents - p.refunded_cents) FROM payments p
                  WHERE p.appointment_id = a.id AND p.status IN ('succeeded', 'disputed')), 0)::int AS paid_cents,
       coalesce(a.currency, shop.currency) AS currency, a.cancelled_at, a.cancel_reason,
       a.source_slot_opening_id AS recovery, a.created_at
  FROM appointments a JOIN shops shop ON shop.id = a.shop_id JOIN customers c ON c.id = a.customer_id
  LEFT JOIN performers performer ON performer.id = a.performer_id
 WHERE a.shop_id = :shop_id ORDER BY a.starts_at, a.id""",
    # The import accepts these headings.
    "waitlist": f"""
SELECT e.id, c.name, c.phone AS phone, c.email, service.name AS service, performer.name AS "with",
       array_to_string(e.weekdays, ' ') AS weekdays, {WISHES}, e.priority, e.priority_reason, e.note, e.status,
       e.source, e.ended_at, e.created_at
  FROM waitlist_entries e JOIN customers c ON c.id = e.customer_id
  LEFT JOIN services service ON service.id = e.service_id
  LEFT JOIN performers performer ON performer.id = e.performer_id
 WHERE e.shop_id = :shop_id ORDER BY e.priority DESC, e.created_at, e.id""",  # noqa: S608 - constants
}


def columns(session: Session, what: str, shop_id: UUID) -> list[str]:
    """Returns the column names of the export `what`, a key of WHAT, in order."""
    nothing = text(f"SELECT * FROM ({WHAT[what]}) rows LIMIT 0")  # noqa: S608 - from the table above
    return list(session.execute(nothing, {"shop_id": shop_id}).keys())


def rows(session: Session, what: str, shop_id: UUID) -> Iterator[dict[str, Any]]:
    """Yields the rows without loading all of them into memory."""
    statement = text(WHAT[what]).execution_options(yield_per=AT_ONCE)
    for row in session.execute(statement, {"shop_id": shop_id}).mappings():
        yield {name: _plain(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
