"""Measures the throughput of webhooks, compared with a bare route that inserts a row and publishes a message."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from benchmarks import bulk_rows
from benchmarks.load import Answered, Request, as_fast_as_possible, at_a_rate, post
from benchmarks.measurements import Measurement, percentile, ratio, value
from benchmarks.signed import payment_event, text_from
from benchmarks.system_under_test import WEB_ONLY, SystemUnderTest, running

SHOPS = 200


@dataclass(frozen=True, slots=True)
class EndpointSize:
    seconds: float
    rounds: int


Make = Callable[[SystemUnderTest], Request]
FULL, QUICK = EndpointSize(seconds=3, rounds=3), EndpointSize(seconds=0.1, rounds=1)
MOST_A_SECOND = 2500


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Runs no workers during the measurement, so that only the web process uses the processors."""
    size = QUICK if quick else FULL
    with running(WEB_ONLY) as system:
        bulk_rows.shops(system, "endpoints", shops=SHOPS, customers=1)
        numbers = itertools.cycle(shop for (shop,) in system.sql("SELECT sms_from FROM shops"))
        makers: dict[str, Make] = {
            "bare route": _bare,
            "text from a customer": lambda system: _text(system, next(numbers)),
            "Stripe event": _event,
        }
        # The routes take turns, so that other load on the machine affects all of them equally.
        best = dict.fromkeys(makers, 0.0)
        for name, make in list(makers.items()) * size.rounds:
            best[name] = max(best[name], _most(system, name, make, size).rate)
        for name, make in makers.items():
            rate = best[name] / 2
            many = max(1, int(rate * size.seconds))
            calm = at_a_rate(_url(system, name), [make(system) for _ in range(many)], rate=rate)
            yield from _figures(name, best, calm)


def _url(system: SystemUnderTest, name: str) -> str:
    return system.bare_url if name == "bare route" else system.settings["WEB_URL"]


def _most(system: SystemUnderTest, name: str, make: Make, size: EndpointSize) -> Answered:
    requests = [make(system) for _ in range(int(MOST_A_SECOND * size.seconds))]
    answered = as_fast_as_possible(_url(system, name), requests, seconds=size.seconds)
    assert answered.statuses <= {200, 204}, answered.statuses
    return answered


def _figures(name: str, best: dict[str, float], calm: Answered) -> Iterator[Measurement]:
    baseline = best["bare route"]
    bare = name == "bare route"
    target = None if bare else ratio(least=0.7)
    yield Measurement(f"{name}, maximum", best[name], "requests/s", None if bare else baseline, target)
    tail, target = percentile(calm.milliseconds, 0.99), None if bare else value(most=25)
    note = f"at half the maximum rate, {len(calm.milliseconds)} requests"
    yield Measurement(f"{name}, 99th percentile", tail, "ms", None, target, note, calm.milliseconds)


def _bare(system: SystemUnderTest) -> Request:
    return post(system.bare_url, f"/requests/nothing/{uuid4().hex}", b"x" * 400, {"Content-Type": "text/plain"})


def _text(system: SystemUnderTest, shop: str) -> Request:
    return text_from(system.settings, customer="+447700900123", shop=shop, body="YES")


def _event(system: SystemUnderTest) -> Request:
    return payment_event(system.settings)
