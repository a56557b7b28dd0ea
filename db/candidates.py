"""Finds the customers who may be asked for a slot, in order, with the facts for `domain.eligibility`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.sql import read
from domain.eligibility import CustomerFacts
from domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer found by the SQL. `timezone` is None when the shop's applies."""

    customer_id: UUID
    name: str
    timezone: str | None
    facts: CustomerFacts


PARTS = {"/* facts */": "facts_of_a_customer.sql", "/* may be asked */": "may_be_asked.sql"}
NOBODY = UUID(int=0)
NEVER, FIRST_EVER, EVER = "-infinity", "4000-01-01 BC", "infinity"
"""Bounds of the rank in Postgres syntax: no settled booking, any settled booking, before the first page."""


def _statement(name: str) -> Any:
    """The statement with the shared parts inserted, so that all three statements apply the same conditions."""
    whole = read(name)
    for place, part in PARTS.items():
        whole = whole.replace(place, read(part))
    return text(whole)


PAGE = _statement("candidates_page.sql")
NEXT_CHANCE = _statement("next_chance.sql")
FACTS_OF_ONE = _statement("facts_of_one.sql")
CLEAR_COOLDOWNS = text("""
UPDATE customers SET cooldown_until = NULL
 WHERE id IN (
   SELECT id FROM customers WHERE cooldown_until <= (SELECT clock_timestamp())
    ORDER BY cooldown_until LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


def page(
    session: Session, slot_opening_id: UUID, *, policy: Policy, limit: int, after: Candidate | None = None
) -> list[Candidate]:
    """At most `limit` customers who may be asked now, in the order of `domain.ranking`, starting after `after`."""
    values = {
        "slot_opening_id": slot_opening_id,
        "cooldown_counts": bool(policy.cooldown),
        "lowest": FIRST_EVER if policy.require_prior_booking else NEVER,
        "highest": _rank(after),
        "after_id": after.customer_id if after else NOBODY,
        "limit": limit,
    }
    return [_candidate(row) for row in session.execute(PAGE, values).mappings()]


def next_chance(session: Session, slot_opening_id: UUID, *, policy: Policy, cut_off: datetime) -> datetime | None:
    """The earliest time at which a cooldown or an offer for another slot ends that alone excludes a customer.

    None if there is no such customer before `cut_off` (see `domain.policy.asking_ends_at`).
    """
    values = {
        "slot_opening_id": slot_opening_id,
        "cooldown_counts": bool(policy.cooldown),
        "prior_booking": policy.require_prior_booking,
        "cut_off": cut_off,
    }
    moment: datetime | None = session.execute(NEXT_CHANCE, values).scalar_one()
    return moment


def facts_about(session: Session, slot_opening_id: UUID, customer_id: UUID) -> CustomerFacts | None:
    """The facts of one customer for `domain.eligibility`; None if the slot or the customer doesn't exist."""
    values = {"slot_opening_id": slot_opening_id, "customer_id": customer_id}
    row = session.execute(FACTS_OF_ONE, values).mappings().one_or_none()
    return None if row is None else facts_in(row)


def clear_cooldowns(session: Session, *, limit: int) -> int:
    """Sets expired cooldowns to null and returns their number.

    Only speed depends on it: customers without a cooldown are read in index order, those with an expired one have to
    be sorted.
    """
    return session.execute(CLEAR_COOLDOWNS, {"limit": limit}).rowcount  # type: ignore[attr-defined, no-any-return]


def _rank(candidate: Candidate | None) -> str:
    if candidate is None:
        return EVER
    settled_at = candidate.facts.last_settled_at
    return NEVER if settled_at is None else settled_at.isoformat()


def _candidate(row: RowMapping) -> Candidate:
    return Candidate(row["id"], row["name"], row["timezone"], facts_in(row))


def facts_in(row: RowMapping) -> CustomerFacts:
    """The facts for `domain.eligibility` in a row selected with PARTS and the columns of the customer."""
    return CustomerFacts(
        same_shop=row["same_shop"],
        opted_in=row["sms_opt_in"],
        phone_e164=row["phone_e164"],
        suppressed=row["suppressed"],
        asked_for_this_slot=row["asked_for_this_slot"],
        cancelled_this_slot=row["cancelled_this_slot"],
        overlapping_booking=row["overlapping_booking"],
        live_offer=row["live_until"] is not None,
        cooldown_until=row["cooldown_until"],
        last_settled_at=row["last_settled_at"],
    )
