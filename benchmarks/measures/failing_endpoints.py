"""Measures how long customers wait for texts and payment links while webhook endpoints hang or fail."""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.api_shop import ApiShop, open_shop
from benchmarks.measurements import Measurement, ratio, value
from benchmarks.recovery_steps import CANCEL, YES, LatencyStep, milliseconds_to, start_recoveries
from benchmarks.system_under_test import SystemUnderTest, running, wait_until
from benchmarks.webhook_receiver import FAILURE, GONE, SILENCE, counting_receiver

SLOWED_AT_MOST = 1.25
"""Two medians of one run are considered equal up to this ratio."""
BATCHES_A_SECOND = 2
FAILING = (SILENCE, FAILURE, GONE)


@dataclass(frozen=True, slots=True)
class FailingSize:
    """Each step is triggered `many` times, `rate` times per second.

    Meanwhile, each endpoint gets `events` events in total.
    """

    rate: float
    many: int
    events: int


FULL, QUICK = FailingSize(5, 60, 1_000), FailingSize(5, 5, 100)
STEPS = (CANCEL, YES)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures each step with one working endpoint, and again with additional failing endpoints. All workers run."""
    size = QUICK if quick else FULL
    with running(baseline=False) as system:
        # New processes import modules and open connections at their first task.
        for step in STEPS:
            _latencies(system, step, "warm-up", size)
        alone, _ = _beside(system, size, (), "alone")
        beside, arrivals = _beside(system, size, FAILING, "beside")
    for step in STEPS:
        yield _figure(step, alone[step], beside[step], size)
    yield _arrival(arrivals, size)


def _beside(
    system: SystemUnderTest, size: FailingSize, failing: Sequence[bytes], when: str
) -> tuple[dict[LatencyStep, list[float]], list[float]]:
    """Returns the latency (ms) of each step, and the time (s) until each event reached the working endpoint."""
    system.wait_until_idle()
    shop = open_shop(system, customers=1)
    with ExitStack() as stack:
        for answer in failing:
            shop.add_endpoint(stack.enter_context(counting_receiver(answer)).url)
        working = stack.enter_context(counting_receiver())
        shop.add_endpoint(working.url)
        recording = stack.enter_context(ThreadPoolExecutor(1)).submit(_record, shop, size)
        found = {step: _latencies(system, step, when, size) for step in STEPS}
        recorded = recording.result()
        wait_until(lambda: len(working.times) >= len(recorded), "all events to arrive")
    return found, [at - since for since, at in zip(recorded, working.times, strict=False)]


def _record(shop: ApiShop, size: FailingSize) -> list[float]:
    """Records the events in batches while the steps are triggered; returns the time of each event."""
    seconds = len(STEPS) * size.many / size.rate
    batches = int(seconds * BATCHES_A_SECOND)
    recorded: list[float] = []
    for number in range(1, batches + 1):
        batch = size.events * number // batches - len(recorded)
        recorded += [time.monotonic()] * batch
        shop.record_events(batch)
        time.sleep(1 / BATCHES_A_SECOND)
    return recorded


def _latencies(system: SystemUnderTest, step: LatencyStep, when: str, size: FailingSize) -> list[float]:
    triggers = step.ready(system, f"{step.name} {when}", size.many, size.rate)
    return milliseconds_to(system, step.answered_by, start_recoveries(system, triggers, size.rate))


def _figure(step: LatencyStep, alone: list[float], beside: list[float], size: FailingSize) -> Measurement:
    note = (
        f"{size.many} at {size.rate:g}/s, while four endpoints get {size.events:,} events each: one works, "
        "one hangs, one returns 500 and one returns 410; the baseline has only the working endpoint"
    )
    return Measurement(
        f"{step.name}, with failing endpoints, median",
        statistics.median(beside),
        "ms",
        statistics.median(alone),
        ratio(most=SLOWED_AT_MOST),
        note,
        beside,
    )


def _arrival(seconds: list[float], size: FailingSize) -> Measurement:
    note = f"{size.events:,} events, with the texts and payments above"
    middle = statistics.median(seconds)
    return Measurement("an event to the endpoint that works, median", middle, "s", None, value(most=5), note, seconds)
