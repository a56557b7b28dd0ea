"""The HTTP API: booking and cancelling under load, lists of a large shop, and webhooks to one endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.api_shop import ApiShop, open_shop
from benchmarks.load import as_fast_as_possible, post
from benchmarks.measurements import Measurement, ratio
from benchmarks.system_under_test import WEB_ONLY, SystemUnderTest, running

BARE = "bare route with one insert"
CUSTOMERS = 2_000
MOST_A_SECOND = 3_000


@dataclass(frozen=True, slots=True)
class ApiSize:
    seconds: float
    rounds: int


FULL, QUICK = ApiSize(seconds=3, rounds=3), ApiSize(seconds=0.5, rounds=1)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Bookings and cancellations as fast as possible, in turns with a bare route, without workers."""
    size = QUICK if quick else FULL
    with running(WEB_ONLY, API_REQUESTS_PER_MINUTE="1000000") as system:
        shop = open_shop(system, customers=CUSTOMERS)
        best = {BARE: 0.0, "API, book": 0.0, "API, cancel": 0.0}
        for _ in range(size.rounds):
            for name in best:
                best[name] = max(best[name], _rate(system, shop, name, size))
    yield Measurement(f"{BARE}, maximum", best[BARE], "requests/s")
    for name in ("API, book", "API, cancel"):
        yield Measurement(f"{name}, maximum", best[name], "requests/s", best[BARE], ratio(least=0.5))


def _rate(system: SystemUnderTest, shop: ApiShop, name: str, size: ApiSize) -> float:
    most = int(MOST_A_SECOND * size.seconds)
    if name == BARE:
        url, requests = system.bare_url, [post(system.bare_url, "/rows", b"x" * 200, {})] * most
    else:
        url = system.settings["WEB_URL"]
        requests = shop.bookings(most) if name == "API, book" else shop.cancellations(most // 2)
    answered = as_fast_as_possible(url, requests, seconds=size.seconds)
    assert answered.statuses <= {201, 202}, answered.statuses
    return answered.rate
