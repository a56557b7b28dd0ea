"""Measures the HTTP API: bookings and cancellations under load, lists of a large shop, and events to one endpoint."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.api_shop import ApiShop, open_shop
from benchmarks.load import as_fast_as_possible, post
from benchmarks.measurements import Measurement, ratio, value
from benchmarks.system_under_test import WEB_ONLY, SystemUnderTest, running, wait_until
from benchmarks.webhook_receiver import FAILURE, GONE, SILENCE, counting_receiver
from cli.local.local_services import SERVICES

BARE, BOOK, CANCEL = "bare route with one insert", "API, book", "API, cancel"
MOST_A_SECOND = 3_000
# The tick, which runs in the worker for offers, publishes the deliveries that are due.
DELIVERING = tuple(service for service in SERVICES if service.name in {"worker webhooks", "worker sweeps", "beat"})
LISTS = {
    "customers": "/customers?limit=100",
    "customers by name": "/customers?limit=100&q=ana+77",
    "customers by phone": "/customers?phone=%2B447400000077",
    "customers by change": "/customers?limit=100&updated_since={yesterday}",
    "appointments": "/appointments?limit=100",
    "appointments by start": "/appointments?limit=100&from={in_a_month}",
}
WHY_REQUESTS = (
    "in addition to the insert: key, rate limit, idempotency record, constraints against double bookings, event, "
    "audit log, published task"
)
WHY_EVENTS = "one process signs, sends and records; further processes share the work"


@dataclass(frozen=True, slots=True)
class ApiSize:
    seconds: float
    rounds: int
    customers: int
    events: int


FULL, QUICK = ApiSize(3, 3, 100_000, 10_000), ApiSize(0.1, 1, 100, 100)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures requests without workers, and deliveries without the web process, because idle services use processor
    time.
    """
    size = QUICK if quick else FULL
    with running(WEB_ONLY, API_REQUESTS_PER_MINUTE="1000000") as system:
        shop = open_shop(system, customers=size.customers)
        yield from _requests(system, shop, size)
        system.sql("ANALYZE")
        yield from _lists(shop, size)
    with running(DELIVERING, baseline=False) as system:
        yield _events(system, size)
        yield _beside_failing_ones(system, size)


def _requests(system: SystemUnderTest, shop: ApiShop, size: ApiSize) -> Iterator[Measurement]:
    """Sends requests at full speed. The routes take turns, so that other load affects all of them equally."""
    best = {BARE: 0.0, BOOK: 0.0, CANCEL: 0.0}
    for name in list(best) * size.rounds:
        best[name] = max(best[name], _rate(system, shop, name, size))
    yield Measurement(f"{BARE}, maximum", best[BARE], "requests/s")
    for name in (BOOK, CANCEL):
        target = ratio(least=0.5)
        yield Measurement(f"{name}, maximum", best[name], "requests/s", best[BARE], target, WHY_REQUESTS)


def _rate(system: SystemUnderTest, shop: ApiShop, name: str, size: ApiSize) -> float:
    most = int(MOST_A_SECOND * size.seconds)
    if name == BARE:
        url, requests = system.bare_url, [post(system.bare_url, "/rows", b"x" * 200, {})] * most
    else:
        url = system.settings["WEB_URL"]
        requests = shop.bookings(most) if name == BOOK else shop.cancellations(most // 2)
    answered = as_fast_as_possible(url, requests, seconds=size.seconds)
    assert answered.statuses <= {201, 202}, answered.statuses
    return answered.rate


def _lists(shop: ApiShop, size: ApiSize) -> Iterator[Measurement]:
    now = datetime.now(UTC)
    known = {"yesterday": _written(now - timedelta(days=1)), "in_a_month": _written(now + timedelta(days=31))}
    for name, path in LISTS.items():
        samples = []
        for _ in range(3 if size is QUICK else 30):
            began = time.perf_counter()
            shop.get(path.format(**known))
            samples.append((time.perf_counter() - began) * 1000)
        note = f"{size.customers:,} customers, {len(samples)} requests"
        yield Measurement(
            f"API, list of {name}", statistics.median(samples), "ms", None, value(most=50), note, samples
        )


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _beside_failing_ones(system: SystemUnderTest, size: ApiSize) -> Measurement:
    """Measures the time until each event reaches a working endpoint while three other endpoints of the shop fail."""
    shop, events = open_shop(system, customers=1), size.events // 10
    with ExitStack() as stack:
        for answer in (SILENCE, FAILURE, GONE):
            shop.add_endpoint(stack.enter_context(counting_receiver(answer)).url)
        working = stack.enter_context(counting_receiver())
        shop.add_endpoint(working.url)
        began = time.monotonic()
        shop.record_events(events)
        wait_until(lambda: len(working.times) >= events, "all events to arrive")
    samples = [at - began for at in working.times]
    return Measurement(
        "an event with failing endpoints, median",
        statistics.median(samples),
        "s",
        None,
        value(most=5),
        f"{events:,} simultaneous events to each endpoint: one works, one hangs, one returns 500 and one returns 410",
    )


def _events(system: SystemUnderTest, size: ApiSize) -> Measurement:
    """Measures how many events arrive per second, from the first arrival to the last."""
    shop = open_shop(system, customers=1)
    with counting_receiver() as receiver:
        shop.add_endpoint(receiver.url)
        shop.record_events(size.events)
        wait_until(lambda: len(receiver.times) >= size.events, "all events to arrive")
    took = receiver.times[-1] - receiver.times[0]
    note = f"{size.events:,} events; {WHY_EVENTS}"
    return Measurement("events to one endpoint", size.events / took, "events/s", None, value(least=500), note)
