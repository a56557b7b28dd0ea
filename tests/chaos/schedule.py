"""Draws the times of the faults from a seed, so that a run can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.faults import Fault


@dataclass(frozen=True)
class Planned:
    """A fault with its start and end, in seconds since the start of the run.

    `chance` is the seed for random choices within the fault.
    """

    begins: float
    ends: float
    fault: Fault
    chance: int


def schedule(faults: Sequence[Fault], count: int, *, seconds: float, chance: Random) -> list[Planned]:
    """Spreads `count` faults evenly over `seconds`; each kind occurs once before any kind is repeated."""
    planned: list[Planned] = []
    busy_until: dict[str, float] = {}
    waiting: list[Fault] = []
    for number in range(count):
        waiting = waiting or chance.sample(list(faults), len(faults))
        begins = seconds * (number + chance.random()) / count
        fault = _first_free(waiting, busy_until, begins)
        waiting.remove(fault)
        # The fault is postponed while an earlier fault affects the same target.
        begins = max(begins, busy_until.get(fault.hits, 0.0))
        ends = busy_until[fault.hits] = begins + chance.uniform(*fault.seconds)
        planned.append(Planned(begins, ends, fault, chance.randrange(2**32)))
    return planned


def _first_free(waiting: Sequence[Fault], busy_until: dict[str, float], moment: float) -> Fault:
    """Returns the fault whose target is free at that moment, or else the fault whose target becomes free first."""
    return min(waiting, key=lambda fault: max(moment, busy_until.get(fault.hits, 0.0)))
