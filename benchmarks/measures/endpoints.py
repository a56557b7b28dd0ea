"""How many webhooks the doors take, against a bare route that inserts one row and publishes one message."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from benchmarks import bulk_rows
from benchmarks.load import Answered, Request, as_fast_as_possible, at_a_rate, post
from benchmarks.measurements import Measurement, percentile, ratio, value
from benchmarks.signed import payment_event, text_from
from benchmarks.system_under_test import DOORS, Ground, running

SHOPS = 200


@dataclass(frozen=True, slots=True)
class EndpointSize:
    seconds: float
    rounds: int


Make = Callable[[Ground], Request]
FULL, QUICK = EndpointSize(seconds=3, rounds=3), EndpointSize(seconds=0.5, rounds=1)
MOST_A_SECOND = 2500


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Workers stand still, so that nobody else wants the processors."""
    size = QUICK if quick else FULL
    with running(DOORS) as ground:
        bulk_rows.shops(ground, "doors", shops=SHOPS, customers=1)
        numbers = itertools.cycle(shop for (shop,) in ground.sql("SELECT sms_from FROM shops"))
        makers: dict[str, Make] = {
            "bare route": _bare,
            "text from a customer": lambda ground: _text(ground, next(numbers)),
            "event of Stripe's": _event,
        }
        # In turns: what else this machine does then hits all of them.
        best = dict.fromkeys(makers, 0.0)
        for name, make in list(makers.items()) * size.rounds:
            best[name] = max(best[name], _most(ground, name, make, size).rate)
        for name, make in makers.items():
            rate = best[name] / 2
            calm = at_a_rate(_url(ground, name), [make(ground) for _ in range(int(rate * size.seconds))], rate=rate)
            yield from _figures(name, best, calm)


def _url(ground: Ground, name: str) -> str:
    return ground.bare_url if name == "bare route" else ground.settings["WEB_URL"]


def _most(ground: Ground, name: str, make: Make, size: EndpointSize) -> Answered:
    requests = [make(ground) for _ in range(int(MOST_A_SECOND * size.seconds))]
    answered = as_fast_as_possible(_url(ground, name), requests, seconds=size.seconds)
    assert answered.statuses <= {200, 204}, answered.statuses
    return answered


def _figures(name: str, best: dict[str, float], calm: Answered) -> Iterator[Measurement]:
    floor = best["bare route"]
    bare = name == "bare route"
    must = None if bare else ratio(least=0.6)
    yield Measurement(f"{name}, at most", best[name], "requests/s", None if bare else floor, must)
    tail, must = percentile(calm.milliseconds, 0.99), None if bare else value(most=25)
    note = f"at half that rate, {len(calm.milliseconds)} requests"
    yield Measurement(f"{name}, 99th percentile", tail, "ms", None, must, note, calm.milliseconds)


def _bare(ground: Ground) -> Request:
    return post(ground.bare_url, f"/heard/nothing/{uuid4().hex}", b"x" * 400, {"Content-Type": "text/plain"})


def _text(ground: Ground, shop: str) -> Request:
    return text_from(ground.settings, customer="+447700900123", shop=shop, body="YES")


def _event(ground: Ground) -> Request:
    return payment_event(ground.settings)
