"""Measures the search for the next customer among up to a million customers: time and number of statements."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from benchmarks import bulk, large_shops, worker_process
from benchmarks.measurements import Measurement, Plot, Target, percentile, ratio, value
from benchmarks.system_under_test import SystemUnderTest, running
from worker.gates import cooldown

if TYPE_CHECKING:
    from worker.dependencies import Dependencies

HUNDRED_THOUSAND, MILLION = 100_000, 1_000_000


@dataclass(frozen=True, slots=True)
class SearchSize:
    customers: tuple[int, ...]
    shops: tuple[int, ...]
    searches: int


FULL = SearchSize(customers=(1_000, 10_000, HUNDRED_THOUSAND, MILLION), shops=(1, 1_000, 10_000), searches=40)
QUICK = SearchSize(customers=(100, 200), shops=(1,), searches=2)


@dataclass(frozen=True, slots=True)
class Searched:
    """The results of several searches. The transaction of each search was rolled back."""

    milliseconds: list[float]
    statements: list[int]


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures with only Postgres and Valkey running."""
    size = QUICK if quick else FULL
    with running((), baseline=False) as system:
        yield from _by_shops(system, size)
        yield from _by_customers(system, size)


def _by_shops(system: SystemUnderTest, size: SearchSize) -> Iterator[Measurement]:
    """Measures the search in one shop while the number of other shops grows."""
    about, baseline = large_shops.shop(system, customers=size.customers[0], pattern=large_shops.NOBODY), None
    for shops in size.shops:
        large_shops.neighbours(system, up_to=shops - 1)
        (searched,) = search_all(system, [about], size)
        baseline = baseline or statistics.median(searched.milliseconds)
        yield figure(
            f"next customer, among {shops:,} shop{'' if shops == 1 else 's'}", searched, baseline, ratio(most=2)
        )


def _by_customers(system: SystemUnderTest, size: SearchSize) -> Iterator[Measurement]:
    kinds = [(pattern, customers) for pattern in large_shops.PATTERNS for customers in size.customers]
    with bulk.bare(system, "customers"):
        slots = large_shops.shops(system, kinds)
    baselines: dict[large_shops.Pattern, float] = {}
    for (pattern, customers), searched in zip(kinds, search_all(system, slots, size), strict=True):
        baseline = baselines.setdefault(pattern, statistics.median(searched.milliseconds))
        name, plot = f"next customer of {customers:,}, {pattern.words}", Plot("search", pattern.words, customers)
        yield figure(name, searched, baseline, _must(pattern, customers), plot)


def _must(pattern: large_shops.Pattern, customers: int) -> Target | None:
    if customers == HUNDRED_THOUSAND and pattern.best_first:
        return value(most=20)
    return ratio(most=2) if customers == MILLION else None


def figure(
    name: str, searched: Searched, baseline: float, target: Target | None, plot: Plot | None = None
) -> Measurement:
    taken, seen = searched.milliseconds, sorted(set(searched.statements))
    note = f"{' or '.join(map(str, seen))} statements; 99th percentile {percentile(taken, 0.99):.1f} ms"
    return Measurement(name, statistics.median(taken), "ms", baseline, target, note, taken, plot)


def search_all(system: SystemUnderTest, slots: list[UUID], size: SearchSize) -> list[Searched]:
    return worker_process.run(system.settings, search, slots, size.searches)


def search(slots: list[UUID], times: int) -> list[Searched]:
    """Runs the task's search, including the creation of the text, and rolls it back. Runs in a separate process."""
    made = worker_process.dependencies_without_broker()
    return [_searched(made, slot, times) for slot in slots]


def _searched(made: Dependencies, slot: UUID, times: int) -> Searched:
    from worker.offers.ask_next import ask_next

    searched = Searched([], [])
    for number in range(times + 5):
        with made.transactions.sessions() as session:
            with worker_process.watched(made) as seen:
                asked = ask_next(session, made, slot)
            session.rollback()
        assert asked.customer_id, asked.answer
        cooldown.forget(made.gates, asked.customer_id)
        # The first few searches, which prepare statements and fill caches, are not measured.
        if number >= 5:
            searched.milliseconds.append(seen.milliseconds)
            searched.statements.append(seen.statements)
    return searched
