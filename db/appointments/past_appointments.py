"""Finds appointments that have ended, and settles or voids them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey, ShopScope, joined_shop, page_of, rows
from domain.appointment_outcomes import PastAppointment
from domain.state import BookingStatus


@dataclass(frozen=True, slots=True)
class EndedAppointment:
    """An appointment that has ended. `open_payment`: whether a payment for it can still succeed at Stripe."""

    id: UUID
    at: datetime
    past: PastAppointment
    open_payment: bool


# These are scalar subselects, because with EXISTS the planner would read the whole payments table for every page.
FACTS = """
SELECT a.id, a.starts_at AS at, a.status, a.payment_required,
       coalesce((SELECT true FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                    AND p.status IN ('succeeded', 'disputed') LIMIT 1), false) AS paid,
       coalesce((SELECT true FROM payments p WHERE p.appointment_id = a.id
                    AND p.status IN ('pending', 'processing', 'failed') LIMIT 1), false) AS open_payment
  FROM appointments a"""
# A hold is excluded while its payment is open, because the recovery releases the hold.
OVER = page_of(
    f"""{FACTS} {joined_shop("a")}
 WHERE a.status IN ('pending_payment', 'booked') AND a.starts_at < (SELECT clock_timestamp())
   AND a.ends_at <= (SELECT clock_timestamp())
   AND NOT (a.status = 'pending_payment' AND a.source_slot_opening_id IS NOT NULL
            AND EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id
                           AND p.status IN ('pending', 'processing', 'failed')))""",  # noqa: S608 - constants
    at="a.starts_at",
    id="a.id",
)
# The lock serialises this transaction with transactions that record a payment for the appointment.
LOCKED = text("""
SELECT id FROM appointments WHERE id = ANY(:ids) AND status IN ('pending_payment', 'booked') ORDER BY id FOR UPDATE
""")
THESE = text(f"{FACTS} WHERE a.id = ANY(:ids)")


def page(session: Session, scope: ShopScope, after: PageKey, limit: int) -> list[EndedAppointment]:
    """Returns one page of the live appointments whose end is in the past, oldest first."""
    return [_over(row) for row in rows(session, OVER, scope, after, limit)]


def lock(session: Session, ids: Sequence[UUID]) -> list[EndedAppointment]:
    """Locks the appointments that are still live, and returns their current data.

    Uses two statements, so that the second one reads data that was committed while the first one waited.
    """
    live = list(session.execute(LOCKED, {"ids": list(ids)}).scalars())
    return [_over(row) for row in session.execute(THESE, {"ids": live})]


def _over(row: Row[Any]) -> EndedAppointment:
    past = PastAppointment(status=BookingStatus(row.status), payment_required=row.payment_required, paid=row.paid)
    return EndedAppointment(row.id, row.at, past, row.open_payment)


RESOLVE = text("""
WITH outcome AS (
  SELECT * FROM jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS o (id uuid, status text, because text)
), resolved AS (
  UPDATE appointments a SET status = o.status FROM outcome o
   WHERE a.id = o.id AND a.status IN ('pending_payment', 'booked')
  RETURNING a.id, a.shop_id, a.source_slot_opening_id, o.status, o.because
), ended AS (
  UPDATE payments p SET status = 'cancelled' FROM resolved r
   WHERE p.appointment_id = r.id AND r.status = 'voided' AND p.status IN ('pending', 'processing')
), noted AS (
  INSERT INTO audit_logs (shop_id, appointment_id, slot_opening_id, actor, event, because)
  SELECT shop_id, id, source_slot_opening_id, 'clock',
         CASE status WHEN 'settled' THEN 'AppointmentSettled' ELSE 'AppointmentVoided' END, because
    FROM resolved
)
SELECT status, count(*) FROM resolved GROUP BY status
""")


def resolve(
    session: Session, outcomes: Mapping[UUID, BookingStatus], *, reason: Mapping[BookingStatus, str]
) -> dict[BookingStatus, int]:
    """Settles or voids the appointments that are still live, and logs the reasons.

    Returns the number of appointments by outcome.
    """
    values = [{"id": str(id), "status": to.value, "because": reason[to]} for id, to in outcomes.items()]
    counted = session.execute(RESOLVE, {"outcomes": json.dumps(values)})
    return {BookingStatus(status): count for status, count in counted}
