"""The eligibility rules: which customers may be asked for a slot, and the reason why a customer may not.

`db/candidates.py` applies the same rules in SQL to narrow the search; tests/db/test_candidates_agree.py compares the
two on generated shops.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The input of the rules: one customer in relation to one slot. Times are UTC."""

    same_shop: bool = True
    opted_in: bool = True
    phone_e164: str | None = None
    suppressed: bool = False
    asked_for_this_slot: bool = False
    cancelled_this_slot: bool = False
    overlapping_booking: bool = False
    live_offer: bool = False
    cooldown_until: datetime | None = None
    last_settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EligibilityRule:
    """One rule. `refuses` returns whether it excludes the customer; `passing` exclusions end by themselves."""

    name: str
    reason: str
    refuses: Callable[[CustomerFacts, datetime, Policy], bool]
    passing: bool = False


def _cooling_down(facts: CustomerFacts, now: datetime, policy: Policy) -> bool:
    return bool(policy.cooldown) and facts.cooldown_until is not None and facts.cooldown_until > now


RULES: tuple[EligibilityRule, ...] = (
    EligibilityRule("same_shop", "Is not a customer of this shop.", lambda f, now, p: not f.same_shop),
    EligibilityRule("opted_in", "Has not agreed to texts.", lambda f, now, p: not f.opted_in),
    EligibilityRule(
        "valid_phone", "Has no phone number that can receive texts.", lambda f, now, p: f.phone_e164 is None
    ),
    EligibilityRule("not_suppressed", "Opted out of texts.", lambda f, now, p: f.suppressed),
    EligibilityRule("not_the_canceller", "Cancelled this appointment.", lambda f, now, p: f.cancelled_this_slot),
    EligibilityRule("not_asked_yet", "Was already asked for this slot.", lambda f, now, p: f.asked_for_this_slot),
    EligibilityRule("free_then", "Has another appointment at this time.", lambda f, now, p: f.overlapping_booking),
    EligibilityRule(
        "been_here_before",
        "No visits yet.",
        lambda f, now, p: p.require_prior_booking and f.last_settled_at is None,
    ),
    EligibilityRule(
        "no_live_offer", "Has an open offer for another slot.", lambda f, now, p: f.live_offer, passing=True
    ),
    EligibilityRule("cooled_down", "Asked recently.", _cooling_down, passing=True),
)


def why_not(facts: CustomerFacts, *, now: datetime, policy: Policy) -> EligibilityRule | None:
    """The first rule that excludes this customer, or None when the customer may be asked."""
    return next((rule for rule in RULES if rule.refuses(facts, now, policy)), None)
