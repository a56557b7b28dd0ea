"""How long customers wait for texts and payment links while webhook endpoints hang, answer 500 or are gone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.api_shop import open_shop
from benchmarks.measurements import Measurement, ratio, value
from benchmarks.recovery_steps import CANCEL, YES, LatencyStep, milliseconds_to, start_recoveries
from benchmarks.system_under_test import SystemUnderTest, running, wait_until
from benchmarks.webhook_receiver import FAILURE, GONE, SILENCE, CountingReceiver, counting_receiver

SLOWED_AT_MOST = 1.25
"""The ratio of two medians of one run that counts as equally fast."""


@dataclass(frozen=True, slots=True)
class FailingSize:
    """`many` of each step at `rate` per second, beside `events` to each endpoint."""

    rate: float
    many: int
    events: int


FULL, QUICK = FailingSize(5, 60, 1_000), FailingSize(5, 5, 100)
STEPS = (CANCEL, YES)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Each step without endpoints, then beside them, on one system with all workers."""
    size = QUICK if quick else FULL
    with running(baseline=False) as system:
        # Processes that have just started import and connect at their first task.
        for step in STEPS:
            _latencies(system, step, "warm-up", size)
        alone = {step: _latencies(system, step, "alone", size) for step in STEPS}
        with _delivering(system, size) as (working, began):
            for step in STEPS:
                beside = _latencies(system, step, "beside", size)
                yield _figure(step, alone[step], beside, size)
            wait_until(lambda: len(working.times) >= size.events, "all events to arrive")
            yield _arrival([at - began for at in working.times], size)


def _latencies(system: SystemUnderTest, step: LatencyStep, when: str, size: FailingSize) -> list[float]:
    triggers = step.ready(system, f"{step.name} {when}", size.many, size.rate)
    return milliseconds_to(system, step.answered_by, start_recoveries(system, triggers, size.rate))


@contextmanager
def _delivering(system: SystemUnderTest, size: FailingSize) -> Iterator[tuple[CountingReceiver, float]]:
    """Records the events of a shop with one endpoint that works and three that do not, all at once."""
    shop = open_shop(system, customers=1)
    with ExitStack() as stack:
        for answer in (SILENCE, FAILURE, GONE):
            shop.add_endpoint(stack.enter_context(counting_receiver(answer)).url)
        working = stack.enter_context(counting_receiver())
        shop.add_endpoint(working.url)
        began = time.monotonic()
        shop.record_events(size.events)
        yield working, began


def _figure(step: LatencyStep, alone: list[float], beside: list[float], size: FailingSize) -> Measurement:
    note = (
        f"{size.events:,} events each to an endpoint that works, one that hangs, one that answers 500 and one that "
        f"is gone; {size.many} of the step at {size.rate:g}/s, and as many without endpoints as the baseline"
    )
    return Measurement(
        f"{step.name}, beside failing endpoints, median",
        statistics.median(beside),
        "ms",
        statistics.median(alone),
        ratio(most=SLOWED_AT_MOST),
        note,
        beside,
    )


def _arrival(seconds: list[float], size: FailingSize) -> Measurement:
    note = f"{size.events:,} events recorded at once, with the texts and payments above"
    middle = statistics.median(seconds)
    return Measurement("an event to the endpoint that works, median", middle, "s", None, value(most=5), note, seconds)
