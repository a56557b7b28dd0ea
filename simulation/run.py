"""Simulates the same slots with every policy and several seeds, and varies the assumptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from domain.policy import Policy
from simulation.figures import SEEDS, Figure, figures_of
from simulation.parameters import Behaviour, Parameter, changed, described
from simulation.plans import Plan, draw_numbers
from simulation.policies import SHOP, WAYS, WayOfAsking
from simulation.scenarios import LEAD_TIMES, Scenario, draw_times, lead_time_of
from simulation.slot_result import SlotResult

VARIATIONS: tuple[tuple[str, float], ...] = (
    ("acceptance", 0.05),
    ("acceptance", 0.20),
    ("reply_median", 4.0),
    ("reply_median", 25.0),
    ("customers", 15),
    ("declines", 0.30),
    ("cooling_down", 0.40),
    ("abandoned", 0.30),
)
"""The changes of single numbers, with which the sensitivity of the results is computed."""
MOST_MOVES = Policy().move_up_chain
VARIED_WAYS = ("strict", "fixed", "adaptive")
VARIED_SHARE = 0.1
"""The share of all simulated slots that is used to compute the sensitivity."""


@dataclass(frozen=True, slots=True)
class WayResult:
    """The figures of one policy, over all slots and by lead time."""

    name: str
    description: str
    figures: dict[str, Figure]
    by_lead_time: dict[str, dict[str, Figure]]


@dataclass(frozen=True, slots=True)
class Variation:
    """The effect of one changed number on each policy."""

    parameter: str
    value: float
    filled: dict[str, Figure]
    filled_within_an_hour: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """All results of a run. `slots` is the number of simulated slots over all policies."""

    scenario: str
    description: str
    seed: int
    slots: int
    slots_each: int
    parameters: list[Parameter]
    ways: list[WayResult]
    sensitivity: list[Variation] = field(default_factory=list)


Progress = Callable[[str], None]


def run(
    scenario: Scenario,
    ways: Sequence[WayOfAsking],
    *,
    seed: int,
    slots: int,
    shop: Policy = SHOP,
    progress: Progress = lambda text: None,
) -> SimulationResult:
    """Simulates `slots` slots: the same slots with each policy, and a tenth of them for the sensitivity analysis."""
    varied = [way for way in ways if way.name in VARIED_WAYS]
    spent = slots * (1 - VARIED_SHARE) if varied else slots
    each = max(int(spent / len(ways) / SEEDS), 1)
    progress(f"{each * SEEDS} slots in each of {len(ways)} ways")
    played = play_all(scenario, scenario.behaviour, ways, shop, seed=seed, each=each)
    results = [_way_result(way, played[way.name]) for way in ways]
    sensitivity: list[Variation] = []
    if varied:
        few = max(int(slots * VARIED_SHARE / len(VARIATIONS) / len(varied) / SEEDS), 1)
        progress(f"{len(VARIATIONS)} variations with {few * SEEDS} slots each")
        sensitivity = [_vary(scenario, varied, shop, name, value, seed=seed, each=few) for name, value in VARIATIONS]
    return SimulationResult(
        scenario=scenario.name,
        description=scenario.description,
        seed=seed,
        slots=slots,
        slots_each=each * SEEDS,
        parameters=described(scenario.behaviour),
        ways=results,
        sensitivity=sensitivity,
    )


def play_all(
    scenario: Scenario, behaviour: Behaviour, ways: Sequence[WayOfAsking], shop: Policy, *, seed: int, each: int
) -> dict[str, list[list[SlotResult]]]:
    """Returns the results by policy and seed."""
    found: dict[str, list[list[SlotResult]]] = {way.name: [] for way in ways}
    settings = {way.name: way.settings(shop, behaviour) for way in ways}
    for number in range(SEEDS):
        chance = Random(f"{seed} {number}")  # noqa: S311 - the results must be reproducible
        for way in ways:
            found[way.name].append([])
        for _ in range(each):
            plan = draw_plan(scenario, behaviour, chance)
            for way in ways:
                found[way.name][-1].append(play_chain(way, plan, settings[way.name]))
    return found


def draw_plan(scenario: Scenario, behaviour: Behaviour, chance: Random) -> Plan:
    """Draws one cancelled slot with its customers."""
    cancelled_at, starts_at = draw_times(scenario, chance)
    times = 1 + (MOST_MOVES if behaviour.booked_later else 0)
    numbers, *following = (draw_numbers(behaviour, chance) for _ in range(times))
    delay = timedelta(minutes=chance.expovariate(1 / behaviour.by_hand_delay))
    return Plan(cancelled_at, starts_at, behaviour, numbers, delay, tuple(following))


def play_chain(way: WayOfAsking, plan: Plan, policy: Policy) -> SlotResult:
    """Simulates a slot, and the later times that become free when customers are moved up."""
    result = way.play(plan, policy).play()
    if result.frees_at is not None and result.sold_at is not None:
        freed = plan.freed(result.sold_at, result.frees_at)
        result.freed = None if freed is None else play_chain(way, freed, policy)
    return result


def _way_result(way: WayOfAsking, by_seed: list[list[SlotResult]]) -> WayResult:
    groups = {name: [_of_lead(results, name) for results in by_seed] for name, _ in LEAD_TIMES}
    leads = {name: figures_of(group) for name, group in groups.items() if any(group)}
    return WayResult(way.name, way.description, figures_of(by_seed), leads)


def _of_lead(results: list[SlotResult], name: str) -> list[SlotResult]:
    return [one for one in results if lead_time_of(one.lead_minutes) == name]


def _vary(
    scenario: Scenario, ways: Sequence[WayOfAsking], shop: Policy, name: str, value: float, *, seed: int, each: int
) -> Variation:
    behaviour = changed(scenario.behaviour, name, value)
    played = play_all(scenario, behaviour, ways, shop, seed=seed, each=each)
    figures = {way: figures_of(by_seed) for way, by_seed in played.items()}
    return Variation(
        name,
        value,
        {way: one["filled"] for way, one in figures.items()},
        {way: one["filled_within_an_hour"] for way, one in figures.items()},
    )


def ways_named(names: Sequence[str]) -> list[WayOfAsking]:
    """Returns the named policies in the order of the table, or all policies if none is named. Raises KeyError."""
    unknown = [name for name in names if name not in WAYS]
    if unknown:
        raise KeyError(unknown[0])
    return [way for name, way in WAYS.items() if not names or name in names]
