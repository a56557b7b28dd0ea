"""What the report is made of, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.figures import Figure
from benchmarks.measures import door, flood, jobs, latency, machines, offers, pages, peer, search, storm, sweep

ON_ONE_GROUND = frozenset({"offers", "latency", "flood", "storm", "peer"})
"""They ask for the same whole system: one start serves all of them that stand side by side."""


class Measuring(Protocol):
    def __call__(self, *, quick: bool) -> Iterator[Figure]: ...


@dataclass(frozen=True, slots=True)
class Measure:
    title: str
    figures: Measuring


MEASURES: dict[str, Measure] = {
    "door": Measure("The door", door.measure),
    "sweep": Measure("The sweep", sweep.measure),
    "offers": Measure("Offers", offers.measure),
    "latency": Measure("How long customers wait", latency.measure),
    "flood": Measure("A flood of offers", flood.measure),
    "storm": Measure("Everybody says YES at once", storm.measure),
    "peer": Measure("A peer, built the obvious way (its figures are the floor)", peer.measure),
    "machines": Measure("More worker processes", machines.measure),
    "pages": Measure("The shop's pages", pages.measure),
    "jobs": Measure("The regular jobs", jobs.measure),
    "search": Measure("Who is asked next", search.measure),
}
