"""When which fault begins: thrown from a seed, so that a run can be had again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.faults import Fault


@dataclass(frozen=True)
class Planned:
    """Times are seconds from the beginning. `chance` is the seed for whatever the fault itself leaves open."""

    begins: float
    ends: float
    fault: Fault
    chance: int


def schedule(faults: Sequence[Fault], count: int, *, seconds: float, chance: Random) -> list[Planned]:
    """`count` faults evenly over the seconds: each kind once before any comes again."""
    planned: list[Planned] = []
    busy_until: dict[str, float] = {}
    waiting: list[Fault] = []
    for number in range(count):
        waiting = waiting or chance.sample(list(faults), len(faults))
        begins = seconds * (number + chance.random()) / count
        fault = _first_free(waiting, busy_until, begins)
        waiting.remove(fault)
        # Whatever it hits may be busy with an earlier one; then it waits.
        begins = max(begins, busy_until.get(fault.hits, 0.0))
        ends = busy_until[fault.hits] = begins + chance.uniform(*fault.seconds)
        planned.append(Planned(begins, ends, fault, chance.randrange(2**32)))
    return planned


def _first_free(waiting: Sequence[Fault], busy_until: dict[str, float], moment: float) -> Fault:
    """The next in the order thrown whose victim is well at that moment, or will be soonest."""
    return min(waiting, key=lambda fault: max(moment, busy_until.get(fault.hits, 0.0)))
