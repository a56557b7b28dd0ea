"""Draws the customers of one slot. The draws are made before a slot is played, so that all policies meet the same."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from random import Random
from uuid import UUID

from domain.eligibility import CustomerFacts, wish_of
from domain.policy import Policy
from domain.ranking import Rank, rank
from domain.time_zones import zone_named
from domain.wishes import SlotTime, Wish
from simulation.parameters import Behaviour, acceptance_factor

ZONE = zone_named("Europe/London")
MINUTE = timedelta(minutes=1)
NOON = time(12)


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    SILENCE = "silence"


class Paying(StrEnum):
    PAYS = "pays"
    DECLINED = "declined"
    ABANDONS = "abandons"


@dataclass(slots=True)
class Person:
    """One simulated customer in relation to one slot.

    `mood` (0 to 1) decides the answer, together with the time of asking. `free_at`: when an offer for another slot or
    a cooldown ends that keeps this customer from being asked.
    """

    number: int
    id: UUID
    facts: CustomerFacts
    free_at: datetime | None
    on_waiting_list: bool
    mood: float
    reply_after: timedelta
    paying: Paying
    pays_after: timedelta
    reachable: bool
    answers_calls: bool
    call_minutes: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One cancelled slot with its customers in the order of asking. Times are aware."""

    cancelled_at: datetime
    starts_at: datetime
    people: tuple[Person, ...]
    by_hand_after: timedelta


IDS = tuple(UUID(int=number) for number in range(1, 2001))
PHONES = tuple(f"+4477009{number:05d}" for number in range(len(IDS)))


SLOT_LENGTH = timedelta(hours=1)
ORDER = Policy()
"""The waiting list comes first, as is usual."""


def draw_people(
    behaviour: Behaviour, chance: Random, cancelled_at: datetime, starts_at: datetime
) -> tuple[Person, ...]:
    """As many customers as the behaviour says, first in line first."""
    slot = SlotTime(starts_at=starts_at, local_start=starts_at.replace(tzinfo=None), length=SLOT_LENGTH)
    people = [_person(number, behaviour, chance, cancelled_at, slot) for number in range(behaviour.customers)]
    return tuple(sorted(people, key=lambda person: _place(person, cancelled_at)))


def _place(person: Person, now: datetime) -> Rank:
    facts = person.facts
    wish = wish_of(facts, now=now, policy=ORDER) if facts.wishes else None
    return rank(facts.last_settled_at, person.id, wish=wish)


def _wishes(behaviour: Behaviour, number: int, draw: float, since: datetime) -> tuple[Wish, ...]:
    """None, or one entry of the waiting list: for any time, for mornings or for afternoons, a third each."""
    if draw >= behaviour.on_waiting_list:
        return ()
    third = draw / behaviour.on_waiting_list * 3
    return (
        Wish(
            id=IDS[number],
            customer_id=IDS[number],
            since=since,
            time_from=NOON if third > 2 else None,
            time_until=NOON if 1 < third <= 2 else None,
        ),
    )


def _person(number: int, behaviour: Behaviour, chance: Random, cancelled_at: datetime, slot: SlotTime) -> Person:
    draw = chance.random
    last_visit = cancelled_at - timedelta(days=int(draw() * 400)) if draw() < 0.8 else None
    free_at, facts = _availability(number, behaviour, draw(), draw(), cancelled_at, last_visit)
    payment, wishes = draw(), _wishes(behaviour, number, draw(), cancelled_at - timedelta(days=30 * draw()))
    if wishes:
        facts = replace(facts, customer_id=IDS[number], slot=slot, wishes=wishes)
    return Person(
        number=number,
        id=IDS[number],
        facts=facts,
        free_at=free_at,
        on_waiting_list=bool(wishes),
        mood=draw(),
        reply_after=MINUTE * _lognormal(chance, behaviour.reply_median, behaviour.reply_spread),
        paying=_paying(behaviour, payment),
        pays_after=MINUTE * _lognormal(chance, behaviour.pay_median, 0.8),
        reachable=draw() >= behaviour.undeliverable,
        answers_calls=draw() < behaviour.by_hand_reached,
        call_minutes=-math.log(1 - draw()) * behaviour.by_hand_call,
    )


def _lognormal(chance: Random, median: float, spread: float) -> float:
    return median * math.exp(spread * chance.gauss(0, 1))


def _availability(
    number: int, behaviour: Behaviour, where: float, when: float, now: datetime, last_visit: datetime | None
) -> tuple[datetime | None, CustomerFacts]:
    """When this customer can be asked again, and the facts for the rules."""
    phone = PHONES[number]
    if where < behaviour.cooling_down:
        until = now + timedelta(hours=24 * when)
        return until, CustomerFacts(phone_e164=phone, cooldown_until=until, last_settled_at=last_visit)
    if where < behaviour.cooling_down + behaviour.asked_for_another_slot:
        # The cooldown counts from that offer.
        until = now + timedelta(hours=24)
        facts = CustomerFacts(phone_e164=phone, live_offer=True, cooldown_until=until, last_settled_at=last_visit)
        return until, facts
    return None, CustomerFacts(phone_e164=phone, last_settled_at=last_visit)


def _paying(behaviour: Behaviour, draw: float) -> Paying:
    if draw < behaviour.card_declined:
        return Paying.DECLINED
    return Paying.ABANDONS if draw < behaviour.card_declined + behaviour.abandoned else Paying.PAYS


def answer_of(person: Person, behaviour: Behaviour, *, asked_at: datetime, starts_at: datetime) -> Answer:
    """What this customer answers when asked at this time (aware)."""
    hours = (starts_at - asked_at).total_seconds() / 3600
    base = behaviour.waiting_list_acceptance if person.on_waiting_list else behaviour.acceptance
    says_yes = min(base * acceptance_factor(hours, asked_at.astimezone(ZONE).hour), 1.0)
    limits = ((says_yes, Answer.YES), (behaviour.declines, Answer.NO), (behaviour.opt_outs, Answer.STOP))
    reached = 0.0
    for share, answer in limits:
        reached += share
        if person.mood < reached:
            return answer
    return Answer.SILENCE
