"""How long customers wait: from what happens to the text that follows, on a calm system and on a busy one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.carrier_ledger import texts_since
from benchmarks.load import at_a_rate, post
from benchmarks.measurements import Measurement, Must, Plot, latency, value
from benchmarks.recovery_steps import CANCEL, EXPIRY, LEGS, YES, Leg, milliseconds_to, set_off
from benchmarks.system_under_test import Ground, running, wait_until


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` a second, `many` of each kind; all kinds side by side, or one after the other."""

    rate: float
    many: int
    side_by_side: bool

    @property
    def words(self) -> str:
        return f"at {self.rate:g}/s"


FULL = (Pace(1, 40, side_by_side=True), Pace(50, 200, side_by_side=False))
FLOOR_RATE = 5
"""The least at which the floor is taken: its way is short, and with five a second each is alone on it as well."""
WARM_UP = Pace(5, 10, side_by_side=True)
QUICK = (Pace(4, 4, side_by_side=True),)
PARTS = ("median", "99th percentile")
MEDIANS: dict[str, Must] = {CANCEL.name: value(most=150), YES.name: value(most=250)}


def measure(*, quick: bool) -> Iterator[Measurement]:
    with running() as ground:
        if not quick:
            # Processes that have just started import and connect at their first task.
            list(_measured(ground, LEGS[:-1], WARM_UP))
        for pace in QUICK if quick else FULL:
            ground.at_rest()
            floor = _floor(ground, pace)
            # An expiry waits for a tick.
            legs = LEGS[:-1] if quick else LEGS
            for group in [legs] if pace.side_by_side else [(leg,) for leg in legs]:
                ground.at_rest()
                for leg, samples in _measured(ground, group, pace):
                    yield from _figures(ground, leg, pace, samples, floor)


def _measured(ground: Ground, legs: Sequence[Leg], pace: Pace) -> Iterator[tuple[Leg, list[float]]]:
    ready = [leg.ready(ground, f"{leg.name} {pace.words}", pace.many, pace.rate) for leg in legs]
    with ThreadPoolExecutor(len(legs)) as hands:
        begun = list(hands.map(lambda sparks: set_off(ground, sparks, pace.rate), ready))
    for leg, when in zip(legs, begun, strict=True):
        yield leg, milliseconds_to(ground, leg.answered_by, when)


def _figures(
    ground: Ground, leg: Leg, pace: Pace, samples: list[float], floor: Sequence[float]
) -> Iterator[Measurement]:
    must = MEDIANS.get(leg.name) if pace.side_by_side else None
    note = f"a tick every {ground.settings['TICK_SECONDS']} s" if leg is EXPIRY else ""
    # Beside the wait for a tick all others would look like nothing.
    plots = [None if leg is EXPIRY else Plot("latency", f"{part} {pace.words}", leg.name) for part in PARTS]
    yield from latency(f"{leg.name}, {pace.words}", samples, floor=floor, median=must, note=note, plots=plots)


def _floor(ground: Ground, pace: Pace) -> list[float]:
    """A bare route, a bare task, one call: the shortest way from a request to the carrier."""
    phones = [f"+4479{uuid4().int % 10**8:08d}" for _ in range(pace.many)]
    requests = [post(ground.bare_url, f"/heard/text/{phone}", b"", {}) for phone in phones]
    rate = max(pace.rate, FLOOR_RATE)
    answered = at_a_rate(ground.bare_url, requests, rate=rate)
    due = {phone: answered.began + number / rate for number, phone in enumerate(phones)}

    def arrived() -> dict[str, float]:
        texts = texts_since(ground, answered.began, "floor")
        return {text.customer: text.at for text in texts if text.customer in due}

    wait_until(lambda: arrived().keys() == due.keys(), "the floor's texts")
    return [(at - due[phone]) * 1000 for phone, at in arrived().items()]
