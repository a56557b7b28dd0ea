"""The simulation agrees with the real system: the same slots and customers have the same result.

Each slot is drawn as in `slots simulate` and is run both by the simulation and on real processes. The result must
not depend on a race. Therefore customers act and deadlines end at whole minutes, and a slot in which two such moments
are less than MARGIN apart is not run. MARGIN is much longer than the system takes to process an event, because
the clock is slow and each step takes milliseconds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

import psycopg
import pytest
from sqlalchemy.orm import Session

from cli.local.boot import boot
from cli.local.local_services import SERVICES
from cli.local.system import System
from domain import events as ev
from domain.pace import OfferHistory, Pace
from domain.policy import Policy, asking_ends_at
from domain.state import SlotStatus
from simulation.parameters import HOUR_FACTORS, LEAD_HOURS_FACTORS, Behaviour
from simulation.plans import Plan
from simulation.recovery_play import RecoveryPlay
from simulation.row_ids import OFFER_IDS
from simulation.run import draw_plan
from simulation.scenarios import Scenario
from simulation.simulated_customers import ZONE, Person
from tests.effort import repeats
from tests.live_system import LiveSystem
from tests.servers import Databases, patient
from tests.simulation.real_system import SET_CLOCK, SLOW_CLOCK, RealPlay, SlotEnding, insert_slot
from tests.waiting import REDIS_PATIENCE_SECONDS

BEHAVIOUR = Behaviour(
    customers=12,
    acceptance=0.25,
    opt_outs=0.05,
    cooling_down=0.15,
    asked_for_another_slot=0.0,
    card_declined=0.15,
    abandoned=0.15,
    on_waiting_list=0.15,
    booked_later=0.1,
)
SCENARIO = Scenario(
    name="agreement",
    description="Cancelled within ten minutes, about two hours before the start",
    leads=((1, 100, 150),),
    cancelled=(10, 10.17),
    behaviour=BEHAVIOUR,
)
FIXED = Policy(timezone="Europe/London", cooldown=timedelta(hours=24), move_up=True)
ADAPTIVE = replace(FIXED, pace=Pace.ADAPTIVE, history=OfferHistory(60, 25))
MINUTE = timedelta(minutes=1)
MARGIN = timedelta(seconds=45)


class PunctualPerson(Person):
    """A simulated customer who answers and pays after a whole number of minutes."""

    __slots__ = ()

    @property
    def reply_after(self) -> timedelta:
        return _whole(super().reply_after)

    @property
    def pays_after(self) -> timedelta:
        return min(_whole(super().pays_after), FIXED.payment_window - MINUTE)


def _whole(time: timedelta) -> timedelta:
    return MINUTE * max(math.ceil(time / MINUTE), 1)


class PunctualPlan(Plan):
    """A plan for tomorrow in which customers act at whole minutes."""

    @cached_property
    def people(self) -> list[PunctualPerson]:  # type: ignore[override]
        return [
            PunctualPerson(one.number, one.id, one.facts, one.free_at, one.draws, one.behaviour)
            for one in super().people
        ]


class RecordedPlay(RecoveryPlay):
    """Records the moments at which customers act or deadlines pass."""

    step = reported = timedelta(milliseconds=10)

    def __init__(self, plan: Plan, policy: Policy) -> None:
        super().__init__(plan, policy)
        self.moments = [plan.cancelled_at]
        self.asked: list[int] = []

    @property
    def ending(self) -> SlotEnding:
        return SlotEnding(self.result.sold_to, self.slot.closed_as and self.slot.closed_as.value, tuple(self.asked))

    def apply(self, event: ev.Event, past: int | None = None) -> None:
        if isinstance(event, ev.OfferSent):
            self.asked.append(OFFER_IDS.index(event.offer_id))
        elif not isinstance(event, SOON):
            self.moments.append(self.clock.now)
        super().apply(event, past)

    def decided_without_a_race(self) -> bool:
        """Returns whether the slot has ended and no two moments were close to each other."""
        if self.slot.status is SlotStatus.OPEN or (self.current.booking and self.result.sold_at is None):
            return False
        starts_at = self.plan.starts_at
        fixed = [asking_ends_at(starts_at, self.policy), starts_at]
        fixed += [starts_at - timedelta(hours=hours) for hours, _ in LEAD_HOURS_FACTORS]
        fixed += [starts_at.astimezone(ZONE).replace(hour=hour % 24, minute=0) for hour, _ in HOUR_FACTORS]
        fixed += [person.free_at for person in self.plan.people if person.free_at is not None]
        return all(
            abs(one - other) >= MARGIN
            for number, one in enumerate(self.moments)
            for other in [*self.moments[number + 1 :], *fixed]
        )


SOON = (
    *(ev.CustomerChosen, ev.WaitingCustomerChosen, ev.NobodyLeft, ev.NobodyAskableYet),
    *(ev.OfferUndeliverable, ev.PaymentIntentCreated, ev.PaymentCancelled),
)
"""Events that immediately follow from others."""


def possible(plan: Plan) -> bool:
    """Returns whether all later appointments have different times.

    These shops have no performers, so equal times would overlap.
    """
    later = [booking.starts_at for person in plan.people for booking in person.facts.later]
    return len(set(later)) == len(later)


@dataclass(frozen=True)
class Chosen:
    plan: Plan
    policy: Policy
    ending: SlotEnding


def choose(seed: int, number: int, day: datetime) -> list[Chosen]:
    """Draws `number` slots on that day without a race. Every second slot has an adaptive pace."""
    chance, chosen = Random(f"agreement {seed}"), []
    while len(chosen) < number:
        plan = draw_plan(SCENARIO, BEHAVIOUR, chance)
        cancelled_at = datetime.combine(day.date(), plan.cancelled_at.time(), ZONE)
        starts_at = cancelled_at + (plan.starts_at - plan.cancelled_at)
        policy = ADAPTIVE if len(chosen) % 2 else FIXED
        punctual = PunctualPlan(cancelled_at, starts_at, plan.behaviour, plan.numbers, plan.by_hand_after)
        play = RecordedPlay(punctual, policy)
        play.play()
        if play.decided_without_a_race() and possible(punctual):
            chosen.append(Chosen(punctual, policy, play.ending))
    return chosen


@pytest.fixture
def real(
    databases: Databases, migrated_template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveSystem]:
    """Runs the processes of `slots up` except Flower and the calendar worker, on a database with a slow clock."""
    url = databases.make(like=migrated_template)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SLOW_CLOCK)
    stores = {"DATABASE_URL": patient(url), "REDIS_URL": redis_url, "TICK_SECONDS": "1"}
    stores |= {"REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS)}
    services = tuple(service for service in SERVICES if service.name not in {"Flower", "worker calendars"})
    environment = {**os.environ, **stores}
    system = System(tmp_path_factory.mktemp("real"), environment=environment, services=services)
    live = LiveSystem(system.settings)
    try:
        boot(system, fill=lambda settings: None, stopping=lambda: False)
        yield live
    finally:
        live.leave()
        system.stop()
        databases.drop(url)


@pytest.mark.long
def test_recoveries_end_on_real_processes_as_in_the_simulation(
    real: LiveSystem, tells: Callable[[str, str], None]
) -> None:
    seed, day = int(os.environ.get("SEED", "1")), datetime.now(ZONE) + timedelta(days=1)
    chosen = choose(seed, len(repeats(14, most=200)), day)
    real.rows(SET_CLOCK, min(one.plan.cancelled_at for one in chosen) - MINUTE)
    with Session(real.engine) as session:
        slots = [insert_slot(session, number, one.plan, one.policy) for number, one in enumerate(chosen, 1)]
    play = RealPlay(real, {slot.appointment_id: slot for slot in slots})
    endings = play.play()
    asked = sum(len(one.asked) for one in endings.values())
    tells("Simulated slots on real processes", f"{asked} offers, {play.steps} moments")
    different = [
        f"slot {number}: {endings.get(slot.appointment_id)}, simulated {one.ending}"
        for number, (slot, one) in enumerate(zip(slots, chosen, strict=True), 1)
        if endings.get(slot.appointment_id) != one.ending
    ]
    assert different == []
    assert real.violations() == []
