"""What the report is made of, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.measurements import Measurement
from benchmarks.measures import (
    customer_latency,
    endpoints,
    flood,
    machines,
    next_customer,
    offer_rate,
    page_times,
    peer,
    periodic_job_times,
    storm,
    sweep_time,
)

ON_ONE_GROUND = frozenset({"offers", "latency", "flood", "storm", "peer"})
"""They ask for the same whole system: one start serves all of them that stand side by side."""


class Measuring(Protocol):
    def __call__(self, *, quick: bool) -> Iterator[Measurement]: ...


@dataclass(frozen=True, slots=True)
class Measure:
    title: str
    figures: Measuring


MEASURES: dict[str, Measure] = {
    "door": Measure("The door", endpoints.measure),
    "sweep": Measure("The sweep", sweep_time.measure),
    "offers": Measure("Offers", offer_rate.measure),
    "latency": Measure("How long customers wait", customer_latency.measure),
    "flood": Measure("A flood of offers", flood.measure),
    "storm": Measure("Everybody says YES at once", storm.measure),
    "peer": Measure("A peer, built the obvious way (its figures are the floor)", peer.measure),
    "machines": Measure("More worker processes", machines.measure),
    "pages": Measure("The shop's pages", page_times.measure),
    "jobs": Measure("The regular jobs", periodic_job_times.measure),
    "search": Measure("Who is asked next", next_customer.measure),
}
