"""The customers of a shop, each with the rule that excludes them from a slot, if any. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.orm import Session

from db.recoveries.candidates import FOR_RULES, facts_in, moving_up, with_parts
from db.sql import composed
from domain.eligibility import RULES, CustomerFacts, EligibilityRule, why_not
from domain.policy import Policy
from views.customer_search import meant_by

ASKED = next(rule for rule in RULES if rule.name == "not_asked_yet")

LOOKED_AT = 30
"""The maximum number of customers who are checked."""

JUDGED = with_parts(
    f"""
WITH slot AS MATERIALIZED (/* slot */ AND s.shop_id = :shop_id)
SELECT found.*, (SELECT clock_timestamp()) AS now, /* of the found */
  FROM (
    SELECT c.id, c.name, c.phone, e164(c.phone) AS phone_e164, c.last_settled_at, f.*
      FROM (SELECT * FROM customers c WHERE c.shop_id = :shop_id /* narrowed */
             ORDER BY c.last_settled_at DESC NULLS LAST, c.id LIMIT {LOOKED_AT}) c
     CROSS JOIN LATERAL (/* facts */) f
  ) found
 ORDER BY last_settled_at DESC NULLS LAST, id
""",  # noqa: S608 - constants
    without=FOR_RULES,
)
MOST_RECENT = text(JUDGED)


@dataclass(frozen=True, slots=True)
class JudgedCustomer:
    """A customer. `rule` is the first rule that excludes them, or None if they can be asked."""

    id: UUID
    name: str
    phone: str | None
    rule: EligibilityRule | None
    facts: CustomerFacts


def judged(
    session: Session, shop_id: UUID, slot_opening_id: UUID, *, policy: Policy, words: str = ""
) -> list[JudgedCustomer]:
    """Returns customers who match `words`, or else the most recent visitors, each with the excluding rule."""
    statement, values = _judged(words)
    values |= {"shop_id": shop_id, "slot_opening_id": slot_opening_id, **moving_up(policy)}
    return [_judge(row, policy) for row in session.execute(statement, values).mappings()]


def _judged(words: str) -> tuple[TextClause, dict[str, Any]]:
    if not words:
        return MOST_RECENT, {}
    found, values = meant_by(words)
    return composed(JUDGED.replace("/* narrowed */", f"AND c.id IN ({found})")), values


def _judge(row: RowMapping, policy: Policy) -> JudgedCustomer:
    facts = facts_in(row)
    # For a customer who was already asked, this rule takes precedence over all others.
    rule = ASKED if facts.asked_for_this_slot else why_not(facts, now=row["now"], policy=policy)
    return JudgedCustomer(row["id"], row["name"], row["phone"], rule, facts)
