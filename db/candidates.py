"""Who may be asked for a slot: SQL narrows and orders, with the facts that the domain's rules judge again."""

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
    """A customer SQL lets through. `timezone` is null where the shop's holds."""

    customer_id: UUID
    name: str
    timezone: str | None
    facts: CustomerFacts


PARTS = {"/* facts */": "facts_of_a_customer.sql", "/* may be asked */": "may_be_asked.sql"}
NOBODY = UUID(int=0)
NEVER, FIRST_EVER, EVER = "-infinity", "4000-01-01 BC", "infinity"
"""Ranks, as Postgres reads them: without a settled booking, with one however long ago, before the first page."""


def _statement(name: str) -> Any:
    """The statement with the facts in their place: told once, so that page, reason and chance never disagree."""
    whole = read(name)
    for place, part in PARTS.items():
        whole = whole.replace(place, read(part))
    return text(whole)


PAGE = _statement("candidates_page.sql")
NEXT_CHANCE = _statement("next_chance.sql")
FACTS_OF_ONE = _statement("facts_of_one.sql")
CLEAR_RESTS = text("""
UPDATE customers SET cooldown_until = NULL
 WHERE id IN (
   SELECT id FROM customers WHERE cooldown_until <= (SELECT clock_timestamp())
    ORDER BY cooldown_until LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


def page(
    session: Session, slot_opening_id: UUID, *, policy: Policy, limit: int, after: Candidate | None = None
) -> list[Candidate]:
    """At most `limit` customers who may be asked now, best first; those behind `after` when it is given."""
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
    """When the first one can be asked whom only a cooldown or an offer for another slot keeps from it.

    None when that is nobody, or not before `cut_off` (see `domain.policy.asking_ends_at`).
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
    """What the rules of `domain.eligibility` judge, for one customer; None when slot or customer is unknown."""
    values = {"slot_opening_id": slot_opening_id, "customer_id": customer_id}
    row = session.execute(FACTS_OF_ONE, values).mappings().one_or_none()
    return None if row is None else _facts(row)


def clear_rests(session: Session, *, limit: int) -> int:
    """Clears away cooldowns that are over, and says how many.

    Nothing depends on it but speed: who has no cooldown is found in the order of an index, who has one that is over
    must be sorted in.
    """
    return session.execute(CLEAR_RESTS, {"limit": limit}).rowcount  # type: ignore[attr-defined, no-any-return]


def _rank(candidate: Candidate | None) -> str:
    if candidate is None:
        return EVER
    settled_at = candidate.facts.last_settled_at
    return NEVER if settled_at is None else settled_at.isoformat()


def _candidate(row: RowMapping) -> Candidate:
    return Candidate(row["id"], row["name"], row["timezone"], _facts(row))


def _facts(row: RowMapping) -> CustomerFacts:
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
