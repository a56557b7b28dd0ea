"""The customers of one simulated slot: their facts for the rules, and their behaviour after an offer."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple
from uuid import UUID

from domain.eligibility import CustomerFacts
from domain.time_zones import zone_named
from simulation.parameters import Behaviour, acceptance_factor

ZONE = zone_named("Europe/London")
MINUTE = timedelta(minutes=1)
NORMAL = NormalDist()


class CustomerAnswer(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    SILENCE = "silence"


class Paying(StrEnum):
    PAYS = "pays"
    DECLINED = "declined"
    ABANDONS = "abandons"


class Draws(NamedTuple):
    """The random numbers of one customer, each uniform between 0 and 1.

    The behaviour determines how each number is interpreted.
    """

    visited: float
    last_visit: float
    kept_away: float
    kept_away_until: float
    waiting: float
    waits_since: float
    booked_later: float
    booked_after: float
    mood: float
    reply_after: float
    paying: float
    pays_after: float
    reachable: float
    answers_calls: float
    call_minutes: float


@dataclass(slots=True)
class Person:
    """One simulated customer of one slot. `number` is the customer's place in line.

    `free_at` is the end of the cooldown or of the offer for another slot. Until then, the customer is not asked.
    """

    number: int
    id: UUID
    facts: CustomerFacts
    free_at: datetime | None
    draws: Draws
    behaviour: Behaviour

    @property
    def acceptance(self) -> float:
        """Returns the probability that a customer with these facts says YES."""
        if self.facts.wishes:
            return self.behaviour.waiting_list_acceptance
        return self.behaviour.move_up_acceptance if self.facts.later else self.behaviour.acceptance

    @property
    def reply_after(self) -> timedelta:
        return _lognormal(self.draws.reply_after, self.behaviour.reply_median, self.behaviour.reply_spread)

    @property
    def paying(self) -> Paying:
        declined = self.behaviour.card_declined
        if self.draws.paying < declined:
            return Paying.DECLINED
        return Paying.ABANDONS if self.draws.paying < declined + self.behaviour.abandoned else Paying.PAYS

    @property
    def pays_after(self) -> timedelta:
        return _lognormal(self.draws.pays_after, self.behaviour.pay_median, self.behaviour.pay_spread)

    @property
    def reachable(self) -> bool:
        return self.draws.reachable >= self.behaviour.undeliverable

    @property
    def answers_calls(self) -> bool:
        return self.draws.answers_calls < self.behaviour.by_hand_reached

    @property
    def call_minutes(self) -> float:
        return -math.log(1 - self.draws.call_minutes) * self.behaviour.by_hand_call


def _lognormal(drawn: float, median: float, spread: float) -> timedelta:
    return MINUTE * (median * math.exp(spread * NORMAL.inv_cdf(drawn or 0.5)))


def answer_of(person: Person, *, asked_at: datetime, starts_at: datetime) -> CustomerAnswer:
    """Returns the customer's answer to an offer at this time (timezone-aware)."""
    hours = (starts_at - asked_at).total_seconds() / 3600
    says_yes = min(person.acceptance * acceptance_factor(hours, asked_at.astimezone(ZONE).hour), 1.0)
    says_no = says_yes + person.behaviour.declines
    mood = person.draws.mood
    if mood < says_yes:
        return CustomerAnswer.YES
    if mood < says_no:
        return CustomerAnswer.NO
    return CustomerAnswer.STOP if mood < says_no + person.behaviour.opt_outs else CustomerAnswer.SILENCE
