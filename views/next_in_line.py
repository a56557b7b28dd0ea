"""The next customers for a slot: first the customers chosen by staff, then all other customers. Read-only."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.recoveries import candidates
from db.recoveries.candidates import Candidate
from domain.eligibility import EligibilityRule, why_not
from domain.policy import Policy, WaitlistMode
from domain.ranking import Line
from views.recovery_overview import Overview

# As in db/sql/recovery.sql, a waiting list without entries is treated as off.
LINE = text("""
SELECT (SELECT h.customer_id FROM slot_choices h
         WHERE h.slot_opening_id = :slot AND h.shop_id = :shop_id AND h.choice = 'next') AS picked_customer_id,
       EXISTS (SELECT 1 FROM waitlist_entries e WHERE e.shop_id = :shop_id AND e.status = 'active') AS has_entries
""")


@dataclass(frozen=True, slots=True)
class CustomerInLine:
    """A customer in line. `picked` is true if staff chose them; `waits_for` is the rule that excludes them now."""

    candidate: Candidate
    picked: bool = False
    waits_for: EligibilityRule | None = None


def next_in_line(session: Session, recovery: Overview, *, policy: Policy, limit: int) -> list[CustomerInLine]:
    """Returns at most `limit` of the next customers, in order."""
    row = session.execute(LINE, {"slot": recovery.slot_opening_id, "shop_id": recovery.shop_id}).one()
    if policy.waitlist is WaitlistMode.FIRST and not row.has_entries:
        policy = replace(policy, waitlist=WaitlistMode.OFF)
    first = list(_picked(session, recovery, policy, row.picked_customer_id))
    ids = {one.candidate.customer_id for one in first}
    page = candidates.first(session, recovery.slot_opening_id, policy=policy, limit=limit)
    others = [CustomerInLine(one) for one in page if one.customer_id not in ids]
    return [*first, *others][:limit]


def _picked(
    session: Session, recovery: Overview, policy: Policy, customer_id: UUID | None
) -> Iterator[CustomerInLine]:
    """Yields the customer whom staff chose, unless the customer has been asked since then."""
    chosen = customer_id and candidates.one(session, recovery.slot_opening_id, customer_id)
    if chosen and not chosen.facts.asked_for_this_slot:
        yield CustomerInLine(chosen, True, why_not(chosen.facts, now=recovery.now, policy=policy))


def reason_for(one: CustomerInLine) -> str:
    """Returns the reason for the customer's place as a sentence for the shop. Times are UTC."""
    candidate = one.candidate
    if one.picked:
        return "Chosen by your team." + (f" Can't be asked yet. {one.waits_for.reason}" if one.waits_for else "")
    if candidate.line is Line.WAITING and candidate.since:
        priority = f", priority {candidate.priority}" if candidate.priority else ""
        return f"On the waiting list since {candidate.since:%Y-%m-%d}{priority}."
    if candidate.line is Line.MOVING and candidate.since:
        return f"Has a later appointment, on {candidate.since:%Y-%m-%d at %H:%M} UTC."
    visited = candidate.facts.last_settled_at
    return f"Last visit on {visited:%Y-%m-%d}." if visited else "No visits yet."
