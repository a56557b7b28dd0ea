"""The measures of the report, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.measurements import Measurement
from benchmarks.measures import (
    api_requests,
    calendar_sync,
    customer_latency,
    endpoints,
    failing_endpoints,
    machines,
    mass_expiry,
    naive_comparison,
    next_customer,
    offer_rate,
    page_times,
    periodic_job_times,
    simultaneous_replies,
    sweep_time,
    waiting_list,
)
from benchmarks.system_under_test import SharedSystem

COMPLETE = ("offers", "latency", "expiry", "replies", "naive")
SHARED = dict.fromkeys(COMPLETE, SharedSystem())
"""The system of each measure that uses the complete system. Consecutive measures with the same system share it."""
QUICK_SHARED = {
    # No workers may process the rows of these measures.
    **dict.fromkeys(
        ("sweep", "jobs", "calendars", "search", "waiting"),
        SharedSystem(calendar_sync.STAND_INS_ONLY, baseline=False),
    ),
    **dict.fromkeys(
        ("endpoints", "api", "failing", *COMPLETE), SharedSystem(settings=(("API_REQUESTS_PER_MINUTE", "1000000"),))
    ),
}
"""As SHARED, for a quick run. Its times are ignored, so measures share a system that also runs other services."""


class Measuring(Protocol):
    def __call__(self, *, quick: bool) -> Iterator[Measurement]: ...


@dataclass(frozen=True, slots=True)
class Measure:
    title: str
    figures: Measuring


MEASURES: dict[str, Measure] = {
    "endpoints": Measure("Endpoints", endpoints.measure),
    "api": Measure("The HTTP API", api_requests.measure),
    "sweep": Measure("The sweep", sweep_time.measure),
    "offers": Measure("Offers", offer_rate.measure),
    "latency": Measure("Latency for customers", customer_latency.measure),
    "failing": Measure("With failing endpoints", failing_endpoints.measure),
    "expiry": Measure("Many offers expire at once", mass_expiry.measure),
    "replies": Measure("Many customers reply YES at once", simultaneous_replies.measure),
    "naive": Measure("Compared with a naive implementation (the baseline)", naive_comparison.measure),
    "machines": Measure("More worker processes", machines.measure),
    "pages": Measure("The shop's pages", page_times.measure),
    "jobs": Measure("Periodic jobs", periodic_job_times.measure),
    "calendars": Measure("Connected calendars", calendar_sync.measure),
    "search": Measure("Choosing the next customer", next_customer.measure),
    "waiting": Measure("Choosing the next customer from a waiting list", waiting_list.measure),
}
