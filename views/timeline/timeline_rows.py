"""Reads all rows of one recovery with a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.orm import Session

from db.sql import any_of
from views.recovery_overview import Overview
from views.timeline.entries import TimelinePerson

OFFERS = text("""
SELECT o.id, o.customer_id, o.status, o.sent_at, o.expires_at, o.accepted_at, o.ended_at, o.late_yes_at, o.created_at,
       c.name, c.phone, o.ended_as, o.ended_by AS ended_by_actor,
       (SELECT st.name FROM staff st WHERE st.id::text = o.ended_by AND st.shop_id = o.shop_id) AS ended_by
  FROM slot_offers o JOIN customers c ON c.id = o.customer_id
 WHERE o.slot_opening_id = :slot AND o.shop_id = :shop_id ORDER BY o.created_at, o.id
""")
APPOINTMENTS = text("""
SELECT a.id, a.customer_id, a.status, a.cancelled_at, a.created_at, a.source_slot_opening_id, c.name, c.phone,
       (SELECT max(m.created_at) FROM appointment_moves m
         WHERE m.appointment_id = a.id AND m.shop_id = a.shop_id AND m.starts_at = :starts_at
           AND a.starts_at <> m.starts_at) AS moved_away_at
  FROM appointments a JOIN customers c ON c.id = a.customer_id
 -- With OR instead of an array, Postgres reads all appointments and, to join them, all customers.
 WHERE a.id = ANY(ARRAY(
         SELECT b.id FROM appointments b WHERE b.source_slot_opening_id = :slot AND b.shop_id = :shop_id
          UNION ALL
         SELECT CAST(:source AS uuid)
          UNION ALL
         -- The appointment that freed the time at first; the source is the one that freed it last.
         SELECT l.appointment_id FROM audit_logs l
          WHERE l.slot_opening_id = :slot AND l.event = 'SlotOpened' AND l.shop_id = :shop_id))
   AND a.shop_id = :shop_id ORDER BY a.created_at, a.id
""")
LOG = text(f"""
SELECT l.seq, l.slot_offer_id, l.appointment_id, l.actor, l.event, l.severity, l.because, l.detail, l.created_at,
       (SELECT st.name FROM staff st WHERE st.id::text = l.actor AND st.shop_id = l.shop_id) AS staff
  FROM audit_logs l
 WHERE (l.slot_opening_id = :slot OR l.appointment_id = {any_of("appointments")} AND l.slot_opening_id IS NULL)
   AND l.shop_id = :shop_id
 ORDER BY l.seq
""")  # noqa: S608 - constants
MESSAGES = text(f"""
SELECT m.id, m.customer_id, m.slot_offer_id, m.appointment_id, m.direction, m.channel, m.purpose, m.body, m.subject,
       m.status, m.carrier_status, m.provider_id, m.error_code, m.attempts, m.segments, m.claimed_at, m.created_at,
       m.updated_at, c.name, c.phone
  FROM messages m LEFT JOIN customers c ON c.id = m.customer_id
 WHERE (m.slot_opening_id = :slot OR m.slot_offer_id = {any_of("offers")}
        OR m.appointment_id = {any_of("appointments")} AND m.slot_opening_id IS NULL)
   AND m.shop_id = :shop_id
 ORDER BY m.created_at, m.id
""")  # noqa: S608 - constants
CHOSEN = text(f"""
SELECT c.id AS customer_id, c.name, c.phone FROM customers c
 WHERE c.id = {any_of("customers")} AND c.shop_id = :shop_id
""")  # noqa: S608 - constants
PAYMENTS = text(f"""
SELECT p.id, p.appointment_id, p.kind, p.attempt, p.amount_cents, p.currency, p.status, p.stripe_payment_intent_id,
       p.expires_at, p.failures, p.failure_code, p.succeeded_at, p.refund_id, p.refunded_at, p.deposit_kept_at,
       p.needs_human, p.created_at, p.updated_at
  FROM payments p
 WHERE p.appointment_id = {any_of("appointments")} AND p.shop_id = :shop_id ORDER BY p.created_at, p.id
""")  # noqa: S608 - constants


LONGEST_MOVE = dt.timedelta(minutes=1)
"""The maximum time between the request for a move and its execution."""


@dataclass(frozen=True, slots=True)
class TimelineRows:
    """The rows of one recovery.

    `people` contains the customers, keyed by their id and the ids of their offers and appointments. `left_at`
    contains, by appointment id, the time at which the appointment was moved away from this recovery.
    """

    recovery: Overview
    offers: Sequence[RowMapping]
    appointments: Sequence[RowMapping]
    log: Sequence[RowMapping]
    messages: Sequence[RowMapping]
    payments: Sequence[RowMapping]
    people: Mapping[UUID, TimelinePerson]
    left_at: Mapping[UUID, dt.datetime]

    @property
    def ids(self) -> list[str]:
        """All ids that can be arguments of this recovery's tasks."""
        rows = [*self.offers, *self.appointments, *self.messages, *self.payments]
        at_providers = [row["provider_id"] for row in self.messages]
        at_providers += [row["stripe_payment_intent_id"] for row in self.payments]
        return [str(self.recovery.slot_opening_id), *(str(row["id"]) for row in rows), *filter(None, at_providers)]


def read(session: Session, recovery: Overview) -> TimelineRows:
    """Reads the rows of the recovery, which all belong to the same shop."""
    values: dict[str, Any] = {
        "slot": recovery.slot_opening_id,
        "shop_id": recovery.shop_id,
        "source": recovery.source_appointment_id,
        "starts_at": recovery.starts_at,
    }
    offers, appointments = _all(session, OFFERS, values), _all(session, APPOINTMENTS, values)
    values |= {"offers": [row["id"] for row in offers], "appointments": [row["id"] for row in appointments]}
    left = {row["id"]: row["moved_away_at"] + LONGEST_MOVE for row in appointments if row["moved_away_at"]}
    log = _while_here(left, _all(session, LOG, values))
    return TimelineRows(
        recovery=recovery,
        offers=offers,
        appointments=appointments,
        log=log,
        messages=_while_here(left, _all(session, MESSAGES, values)),
        payments=_all(session, PAYMENTS, values) if appointments else (),
        left_at=left,
        people={row["id"]: person(row) for row in [*offers, *appointments]} | _chosen(session, recovery, log),
    )


def _while_here(left_at: Mapping[UUID, dt.datetime], rows: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """Leaves out rows that were created after their appointment was moved to another time."""
    return [row for row in rows if row["created_at"] <= left_at.get(row["appointment_id"], row["created_at"])]


def _chosen(session: Session, recovery: Overview, log: Sequence[RowMapping]) -> dict[UUID, TimelinePerson]:
    """The customers whom staff skipped or chose, by id."""
    ids = {customer_in(row) for row in log} - {None}
    if not ids:
        return {}
    found = session.execute(CHOSEN, {"customers": list(ids), "shop_id": recovery.shop_id}).mappings()
    return {row["customer_id"]: person(row) for row in found}


def customer_in(entry: RowMapping) -> UUID | None:
    """Returns the customer in the details of an audit entry, or None."""
    named = entry["detail"].get("customer")
    return UUID(named) if named else None


def person(row: RowMapping) -> TimelinePerson:
    """Returns the customer of a row with customer_id, name and phone."""
    return TimelinePerson(row["customer_id"], row["name"], row["phone"])


def _all(session: Session, statement: TextClause, values: dict[str, Any]) -> Sequence[RowMapping]:
    return session.execute(statement, values).mappings().all()
