"""How many offers a second go from an inserted row to the carrier, and what one costs against its floor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import bulk_rows
from benchmarks.carrier_ledger import texts_since
from benchmarks.floor.bare_offer import offer_floor
from benchmarks.measurements import Measurement, ratio, value
from benchmarks.processes import weighed
from benchmarks.system_under_test import Ground, running

SLOTS_A_SHOP = 10


@dataclass(frozen=True, slots=True)
class OfferSize:
    shops: int
    floor: int


FULL, QUICK = OfferSize(shops=40, floor=400), OfferSize(shops=2, floor=10)
DELAY_MS = 150


def measure(*, quick: bool) -> Iterator[Measurement]:
    size = QUICK if quick else FULL
    with running() as ground:
        ground.fault(provider="twilio", operation="webhook.status", fault="dropped")
        floor = offer_floor(ground, offers=size.floor)
        cost = 1000 / offers_a_second(ground, "without callbacks", shops=size.shops)
        yield Measurement("an offer", cost, "ms", floor.total, ratio(most=2.5), floor.words)
        ground.clear_faults()
        rate = offers_a_second(ground, "with callbacks", shops=size.shops)
        note = "each text's two status callbacks are heard and worked off besides"
        yield Measurement("offers, callbacks included", rate, "offers/s", 1000 / floor.total, None, note)
        yield from _against_delay(ground, size)


def _against_delay(ground: Ground, size: OfferSize) -> Iterator[Measurement]:
    ground.fault(provider="twilio", operation="messages.create", fault="latency", delay_ms=DELAY_MS)
    with weighed(ground) as weights:
        rate = offers_a_second(ground, "with delay", shops=size.shops)
    threads = _threads(ground)
    note = f"{threads} threads wait for the carrier; {weights.words()}"
    limit = threads * 1000 / DELAY_MS
    yield Measurement(f"offers, carrier answers in {DELAY_MS} ms", rate, "offers/s", limit, value(least=60), note)


def _threads(ground: Ground) -> int:
    (texts,) = (child.service for child in ground.system.children if child.name == "worker texts")
    return int(texts.command[texts.command.index("-c") + 1])


def offers_a_second(ground: Ground, group: str, *, shops: int) -> float:
    """From the committed insert to the last text in the ledger."""
    bulk_rows.shops(ground, group, shops=shops, customers=2 * SLOTS_A_SHOP)
    bulk_rows.opened(ground, group, slots=SLOTS_A_SHOP, idle_minutes=5)
    ground.sql("ANALYZE")
    began = time.time()
    ground.sweep()
    wanted = shops * SLOTS_A_SHOP
    # Reading the ledger meanwhile would take its share of the processors.
    ground.at_rest()
    texts = texts_since(ground, began, "Reply YES")
    assert len(texts) >= wanted, f"{len(texts)} of {wanted} were asked"
    return wanted / (max(text.at for text in texts) - began)
