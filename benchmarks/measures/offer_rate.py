"""Measures the offers per second, from inserted rows to the carrier, and an offer's cost relative to its baseline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks import bulk_rows
from benchmarks.baseline.bare_offer import offer_baseline
from benchmarks.carrier_ledger import texts_since
from benchmarks.measurements import Measurement, ratio, value
from benchmarks.processes import sampled_memory
from benchmarks.system_under_test import SystemUnderTest, running

SLOTS_A_SHOP = 10
WARM_UP_SHOPS = 15


@dataclass(frozen=True, slots=True)
class OfferSize:
    shops: int
    baseline: int


FULL, QUICK = OfferSize(shops=40, baseline=400), OfferSize(shops=1, baseline=5)
DELAY_MS = 150


def measure(*, quick: bool) -> Iterator[Measurement]:
    size = QUICK if quick else FULL
    with running() as system:
        system.fault(provider="twilio", operation="webhook.status", fault="dropped")
        baseline = offer_baseline(system, offers=size.baseline)
        cost = 1000 / offers_a_second(system, "without callbacks", shops=size.shops)
        yield Measurement("an offer", cost, "ms", baseline.total, ratio(most=2.5), baseline.words)
        system.clear_faults()
        rate = offers_a_second(system, "with callbacks", shops=size.shops)
        note = "includes the two status callbacks of each text"
        yield Measurement("offers, callbacks included", rate, "offers/s", 1000 / baseline.total, None, note)
        yield from _against_delay(system, size)


def _against_delay(system: SystemUnderTest, size: OfferSize) -> Iterator[Measurement]:
    system.fault(provider="twilio", operation="messages.create", fault="latency", delay_ms=DELAY_MS)
    with sampled_memory(system) as memory:
        rate = offers_a_second(system, "with delay", shops=size.shops)
    threads = _threads(system)
    note = f"{threads} threads wait for the carrier; {memory.words()}"
    limit = threads * 1000 / DELAY_MS
    yield Measurement(f"offers, carrier responds in {DELAY_MS} ms", rate, "offers/s", limit, value(least=60), note)


def _threads(system: SystemUnderTest) -> int:
    (offers,) = (child.service for child in system.system.children if child.name == "worker offers")
    return int(offers.command[offers.command.index("-c") + 1])


def warm_up(system: SystemUnderTest) -> None:
    """Makes offers until each connection has planned its statements.

    Postgres plans all statements again after ANALYZE, so the tables are analyzed before the last of these offers.
    """
    offers_a_second(system, "warm up", shops=WARM_UP_SHOPS)
    system.sql("ANALYZE")
    offers_a_second(system, "warm up again", shops=WARM_UP_SHOPS)


def offers_a_second(
    system: SystemUnderTest, group: str, *, shops: int, before_sweep: Callable[[], object] = lambda: None
) -> float:
    """Returns the offers per second, from the commit of the slot openings to the last text in the ledger.

    Calls `before_sweep` when all rows are inserted.
    """
    bulk_rows.shops(system, group, shops=shops, customers=2 * SLOTS_A_SHOP)
    # A tick may start the first searches before the sweep does.
    inserted = time.time()
    bulk_rows.opened(system, group, slots=SLOTS_A_SHOP, idle_minutes=5)
    before_sweep()
    began = time.time()
    system.sweep()
    wanted = shops * SLOTS_A_SHOP
    # Reading the ledger during the measurement would use processor time.
    system.wait_until_idle()
    texts = texts_since(system, inserted, "Reply YES")
    assert len(texts) >= wanted, f"{len(texts)} of {wanted} were asked"
    return wanted / (max(text.at for text in texts) - began)
