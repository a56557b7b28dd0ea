"""The customers who may still be asked about a slot, in the order of the ranking."""

from collections.abc import Sequence
from datetime import datetime

from domain.eligibility import CustomerFacts, EligibilityRule, why_not
from domain.policy import Policy
from domain.replacing import replace
from simulation.night import quiet_hours_end
from simulation.simulated_customers import Person


class CustomerLine:
    """The customers of one slot. Each customer is asked at most once."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._waiting = list(range(len(people)))
        self._free_at: dict[int, datetime] = {}

    def next(self, now: datetime, policy: Policy, *, ends: datetime) -> tuple[Person | None, datetime | None]:
        """Removes and returns the first customer who may be asked now. If no customer may be asked now, returns the
        earliest time at which a customer may be asked.

        `ends`: the time after which no customer is asked.
        """
        retry = []
        for number in tuple(self._waiting):
            free_at = self._free_at.get(number)
            if free_at is not None and free_at > now:
                retry.append(free_at)
                continue
            person = self._people[number]
            rule = why_not(_facts(person, now), now=now, policy=policy)
            if rule is not None:
                self._exclude(person, rule)
                retry += [person.free_at] if rule.passing and person.free_at is not None else []
                continue
            quiet_ends_at = quiet_hours_end(now, policy, None)
            if quiet_ends_at is None:
                self._waiting.remove(number)
                return person, None
            return None, quiet_ends_at if quiet_ends_at <= ends else None
        return None, min((time for time in retry if time < ends), default=None)

    def _exclude(self, person: Person, rule: EligibilityRule) -> None:
        """Excludes the customer until `free_at`, or permanently if the reason is not temporary."""
        if not rule.passing:
            self._waiting.remove(person.number)
        elif person.free_at is not None:
            self._free_at[person.number] = person.free_at


def _facts(person: Person, now: datetime) -> CustomerFacts:
    """Returns the customer's facts at this time. Like a cooldown, an offer for another slot ends at `free_at`."""
    if person.free_at is not None and person.free_at <= now and person.facts.live_offer:
        return replace(person.facts, live_offer=False)
    return person.facts
