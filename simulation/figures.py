"""Summarises simulated slots: rates, times, and their confidence intervals over seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from simulation.slot_result import SlotResult

T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
"""The 97.5th percentile of Student's t distribution by degrees of freedom."""
SEEDS = 10
"""The number of seeds for each policy. The confidence intervals are computed over the seeds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over seeds, and the limits of its 95% confidence interval. All values are None if there is no slot."""

    value: float | None
    low: float | None = None
    high: float | None = None


def _share(results: Sequence[SlotResult], holds: Callable[[SlotResult], bool]) -> float | None:
    return sum(map(holds, results)) / len(results) if results else None


def _per_slot(results: Sequence[SlotResult], count: Callable[[SlotResult], int]) -> float | None:
    return sum(map(count, results)) / len(results) if results else None


def _per_sale(results: Sequence[SlotResult], count: Callable[[SlotResult], int]) -> float | None:
    sold = sum(one.sold_at is not None for one in results)
    return sum(map(count, results)) / sold if sold else None


def _percentile(results: Sequence[SlotResult], share: float) -> float | None:
    minutes = sorted(one.minutes_to_sell for one in results if one.minutes_to_sell is not None)
    return minutes[min(int(len(minutes) * share), len(minutes) - 1)] if minutes else None


def _within_an_hour(one: SlotResult) -> bool:
    return one.minutes_to_sell is not None and one.minutes_to_sell <= 60


MEASURES: dict[str, Callable[[Sequence[SlotResult]], float | None]] = {
    "filled": lambda results: _share(results, lambda one: one.sold_at is not None),
    "filled_within_an_hour": lambda results: _share(results, _within_an_hour),
    "median_minutes": lambda results: _percentile(results, 0.5),
    "slow_minutes": lambda results: _percentile(results, 0.9),
    "asked_per_fill": lambda results: _per_sale(results, lambda one: one.asked),
    "turned_away_per_fill": lambda results: _per_sale(results, lambda one: one.turned_away),
    "abandoned_per_slot": lambda results: _per_slot(results, lambda one: one.abandoned),
    "moves_per_slot": lambda results: _per_slot(results, lambda one: one.moves),
    "resold": lambda results: _share(results, lambda one: one.resold),
}
"""The measures by name.

`slow_minutes` is the 90th percentile. Times are measured from the first text or call to the sale. `resold` is the
share of slots for which the last time in the chain of moves was sold to a customer without an appointment.
"""


def figures_of(by_seed: Sequence[Sequence[SlotResult]]) -> dict[str, Figure]:
    """Returns every measure for the results of these seeds."""
    return {name: interval([measure(results) for results in by_seed]) for name, measure in MEASURES.items()}


def interval(values: Sequence[float | None]) -> Figure:
    """Returns the mean of the seeds' values and its confidence interval. Seeds without a value are ignored."""
    known = [value for value in values if value is not None]
    if not known:
        return Figure(None)
    mean = fmean(known)
    if len(known) == 1:
        return Figure(mean)
    half = T_975[len(known) - 1] * stdev(known) / sqrt(len(known))
    return Figure(mean, mean - half, mean + half)
