"""Measures the latency from a trigger to the text that follows, at low and at high load."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.carrier_ledger import texts_since
from benchmarks.load import at_a_rate, post
from benchmarks.measurements import Measurement, Plot, Target, latency, value
from benchmarks.recovery_steps import CANCEL, EXPIRY, STEPS, YES, LatencyStep, milliseconds_to, start_recoveries
from benchmarks.system_under_test import SystemUnderTest, running, wait_until


@dataclass(frozen=True, slots=True)
class LoadLevel:
    """Each step is triggered `many` times, `rate` times per second.

    The steps run in parallel or one after the other.
    """

    rate: float
    many: int
    side_by_side: bool

    @property
    def words(self) -> str:
        return f"at {self.rate:g}/s"


FULL = (LoadLevel(1, 40, side_by_side=True), LoadLevel(50, 200, side_by_side=False))
BASELINE_RATE = 5
"""The minimal rate of the baseline. At such a low rate, the latency of the baseline does not depend on the rate."""
WARM_UP = LoadLevel(5, 10, side_by_side=True)
QUICK = (LoadLevel(4, 4, side_by_side=True),)
PARTS = ("median", "99th percentile")
MEDIANS: dict[str, Target] = {CANCEL.name: value(most=150), YES.name: value(most=250)}


def measure(*, quick: bool) -> Iterator[Measurement]:
    with running() as system:
        if not quick:
            # The warm-up is needed because a new process imports modules and opens connections at its first task.
            list(_measured(system, STEPS[:-1], WARM_UP))
        for level in QUICK if quick else FULL:
            system.wait_until_idle()
            baseline = _baseline(system, level)
            # A quick run omits expiries, because an expiry waits for a tick.
            steps = STEPS[:-1] if quick else STEPS
            for group in [steps] if level.side_by_side else [(step,) for step in steps]:
                system.wait_until_idle()
                for step, samples in _measured(system, group, level):
                    yield from _figures(system, step, level, samples, baseline)


def _measured(
    system: SystemUnderTest, steps: Sequence[LatencyStep], level: LoadLevel
) -> Iterator[tuple[LatencyStep, list[float]]]:
    ready = [step.ready(system, f"{step.name} {level.words}", level.many, level.rate) for step in steps]
    with ThreadPoolExecutor(len(steps)) as pool:
        begun = list(pool.map(lambda triggers: start_recoveries(system, triggers, level.rate), ready))
    for step, when in zip(steps, begun, strict=True):
        yield step, milliseconds_to(system, step.answered_by, when)


def _figures(
    system: SystemUnderTest, step: LatencyStep, level: LoadLevel, samples: list[float], baseline: Sequence[float]
) -> Iterator[Measurement]:
    target = MEDIANS.get(step.name) if level.side_by_side else None
    note = f"a tick every {system.settings['TICK_SECONDS']} s" if step is EXPIRY else ""
    # Expiries are not drawn: the wait for a tick would make all other bars too short.
    plots = [None if step is EXPIRY else Plot("latency", f"{part} {level.words}", step.name) for part in PARTS]
    yield from latency(
        f"{step.name}, {level.words}", samples, baseline=baseline, median=target, note=note, plots=plots
    )


def _baseline(system: SystemUnderTest, level: LoadLevel) -> list[float]:
    """Measures the shortest path from a request to the carrier: a bare route, a bare task and one call."""
    phones = [f"+4479{uuid4().int % 10**8:08d}" for _ in range(level.many)]
    requests = [post(system.bare_url, f"/requests/text/{phone}", b"", {}) for phone in phones]
    rate = max(level.rate, BASELINE_RATE)
    answered = at_a_rate(system.bare_url, requests, rate=rate)
    due = {phone: answered.began + number / rate for number, phone in enumerate(phones)}

    def arrived() -> dict[str, float]:
        texts = texts_since(system, answered.began, "baseline")
        return {text.customer: text.at for text in texts if text.customer in due}

    wait_until(lambda: arrived().keys() == due.keys(), "the baseline's texts")
    return [(at - due[phone]) * 1000 for phone, at in arrived().items()]
