"""Draws cancelled slots and their customers before the simulation, so that all policies get the same slots.

All random numbers for a slot are drawn at once, but a customer is created only when needed, because most customers of
a slot are never asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache, cached_property
from random import Random
from typing import overload
from uuid import UUID

from domain.eligibility import CustomerFacts, move_of, wish_of
from domain.move_up import LaterBooking
from domain.policy import Policy
from domain.ranking import Rank, rank
from domain.replacing import replace
from domain.wishes import SlotTime, Wish
from simulation.parameters import Behaviour
from simulation.simulated_customers import ZONE, Draws, Person

MOST_CUSTOMERS = 2000
IDS = tuple(UUID(int=number) for number in range(1, MOST_CUSTOMERS + 1))
PHONES = tuple(f"+4477009{number:05d}" for number in range(MOST_CUSTOMERS))
APPOINTMENT_IDS = tuple(UUID(int=5 * 10**6 + number) for number in range(MOST_CUSTOMERS))

SLOT_LENGTH = timedelta(hours=1)
NOON = time(12)
ORDER = Policy(move_up=True)
"""By default the waiting list comes first, then the customers who can be moved up."""


DRAWS = len(Draws._fields)
RANKED_BY = tuple(map(Draws._fields.index, ("visited", "last_visit", "waiting", "booked_later")))
MOST_DAYS = 400
DAYS = tuple(timedelta(days=number) for number in range(MOST_DAYS))
A_DAY = datetime(2030, 1, 1, tzinfo=ZONE)


class People(Sequence[Person]):
    """The customers of one slot in the order in which they are asked."""

    def __init__(
        self, behaviour: Behaviour, numbers: Sequence[float], cancelled_at: datetime, slot: SlotTime
    ) -> None:
        self._behaviour, self._numbers, self._now, self._slot = behaviour, numbers, cancelled_at, slot
        self._order = sorted(range(behaviour.customers), key=self._ranks().__getitem__)
        self._made: list[Person | None] = [None] * behaviour.customers

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, place: int) -> Person: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Person]: ...
    def __getitem__(self, place: int | slice) -> Person | Sequence[Person]:
        """Returns the customer at this place in line, or the customers in a slice of the line."""
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        made = self._made[place]
        if made is None:
            made = self._made[place] = self._make(place)
        return made

    def _draws(self, number: int) -> Draws:
        return Draws._make(self._numbers[number * DRAWS : (number + 1) * DRAWS])

    def _ranks(self) -> list[Rank]:
        behaviour, columns = self._behaviour, [self._numbers[place::DRAWS] for place in RANKED_BY]
        return [
            self._rank(number)
            if waiting < behaviour.on_waiting_list or booked_later < behaviour.booked_later
            else _usual_rank(number, _days_since_visit(behaviour, visited, last_visit))
            for number, (visited, last_visit, waiting, booked_later) in enumerate(zip(*columns, strict=True))
        ]

    def _rank(self, number: int) -> Rank:
        """The rank of a customer who may be on the waiting list or have a later appointment."""
        draws = self._draws(number)
        facts = self._with_plans(number, draws, CustomerFacts())
        wish = wish_of(facts, now=self._now, policy=ORDER)
        move = move_of(facts, now=self._now, policy=ORDER)
        if wish is None and move is None:
            return _usual_rank(number, _days_since_visit(self._behaviour, draws.visited, draws.last_visit))
        return rank(None, IDS[number], wish=wish, move=move)

    def _make(self, place: int) -> Person:
        number, behaviour = self._order[place], self._behaviour
        draws = self._draws(number)
        free_at, facts = self._availability(number, draws)
        if self._is_special(draws):
            facts = self._with_plans(number, draws, facts)
        return Person(place, IDS[number], facts, free_at, draws, behaviour)

    def _last_visit(self, draws: Draws) -> datetime | None:
        days = _days_since_visit(self._behaviour, draws.visited, draws.last_visit)
        return None if days is None else self._now - DAYS[days]

    def _is_special(self, draws: Draws) -> bool:
        """Whether this customer is on the waiting list or has a later appointment."""
        behaviour = self._behaviour
        return draws.waiting < behaviour.on_waiting_list or draws.booked_later < behaviour.booked_later

    def _with_plans(self, number: int, draws: Draws, facts: CustomerFacts) -> CustomerFacts:
        """Adds the customer's waiting list entry and later appointment."""
        return replace(
            facts,
            customer_id=IDS[number],
            slot=self._slot,
            wishes=_wishes(self._behaviour, number, draws, self._now),
            later=_later(self._behaviour, number, draws, self._slot),
        )

    def _availability(self, number: int, draws: Draws) -> tuple[datetime | None, CustomerFacts]:
        """Returns two values: the earliest time at which this customer can be asked (None if immediately), and the
        facts for the rules.
        """
        behaviour, phone, last_visit = self._behaviour, PHONES[number], self._last_visit(draws)
        if draws.kept_away < behaviour.cooling_down:
            until = self._now + timedelta(hours=24 * draws.kept_away_until)
            return until, CustomerFacts(phone_e164=phone, cooldown_until=until, last_settled_at=last_visit)
        if draws.kept_away < behaviour.cooling_down + behaviour.asked_for_another_slot:
            # The cooldown starts with the offer for the other slot.
            until = self._now + timedelta(hours=24)
            facts = CustomerFacts(phone_e164=phone, live_offer=True, cooldown_until=until, last_settled_at=last_visit)
            return until, facts
        return None, CustomerFacts(phone_e164=phone, last_settled_at=last_visit)


def _days_since_visit(behaviour: Behaviour, visited: float, last_visit: float) -> int | None:
    """Returns a number below MOST_DAYS, or None if the customer has never visited."""
    return int(last_visit * MOST_DAYS) if visited < behaviour.visited else None


@cache
def _usual_rank(number: int, days_since_visit: int | None) -> Rank:
    """The rank of a customer who has neither a waiting list entry nor a later appointment.

    The day is arbitrary: only the order matters.
    """
    return rank(None if days_since_visit is None else A_DAY - DAYS[days_since_visit], IDS[number])


def _wishes(behaviour: Behaviour, number: int, draws: Draws, now: datetime) -> tuple[Wish, ...]:
    """Returns at most one waiting list entry: for any time, mornings or afternoons with equal probability."""
    if draws.waiting >= behaviour.on_waiting_list:
        return ()
    third = draws.waiting / behaviour.on_waiting_list * 3
    return (
        Wish(
            id=IDS[number],
            customer_id=IDS[number],
            since=now - timedelta(days=30 * draws.waits_since),
            time_from=NOON if third > 2 else None,
            time_until=NOON if 1 < third <= 2 else None,
        ),
    )


def _later(behaviour: Behaviour, number: int, draws: Draws, slot: SlotTime) -> tuple[LaterBooking, ...]:
    """Returns at most one appointment: for the same service, and one to `booked_within` days after the slot."""
    if draws.booked_later >= behaviour.booked_later:
        return ()
    days = 1 + int(draws.booked_after * behaviour.booked_within)
    starts_at = slot.starts_at + timedelta(days=days)
    return (LaterBooking(id=APPOINTMENT_IDS[number], starts_at=starts_at, length=SLOT_LENGTH),)


@dataclass(frozen=True)
class Plan:
    """One cancelled slot. Times are timezone-aware.

    `numbers` are the draws of the slot's customers. `following` contains the draws for the times that become free
    when customers move up, in order.
    """

    cancelled_at: datetime
    starts_at: datetime
    behaviour: Behaviour
    numbers: Sequence[float]
    by_hand_after: timedelta
    following: tuple[Sequence[float], ...] = ()
    chain_depth: int = 0

    @cached_property
    def people(self) -> People:
        local = self.starts_at.replace(tzinfo=None)
        slot = SlotTime(starts_at=self.starts_at, local_start=local, length=SLOT_LENGTH, chain_depth=self.chain_depth)
        return People(self.behaviour, self.numbers, self.cancelled_at, slot)

    def freed(self, now: datetime, starts_at: datetime) -> "Plan | None":
        """Returns the slot that a moved-up appointment frees, or None if the chain has reached its maximum length."""
        if not self.following:
            return None
        return Plan(
            cancelled_at=now,
            starts_at=starts_at,
            behaviour=self.behaviour,
            numbers=self.following[0],
            by_hand_after=self.by_hand_after,
            following=self.following[1:],
            chain_depth=self.chain_depth + 1,
        )


def draw_numbers(behaviour: Behaviour, chance: Random) -> list[float]:
    """Draws the numbers of all customers of one slot."""
    draw = chance.random
    return [draw() for _ in range(behaviour.customers * DRAWS)]
