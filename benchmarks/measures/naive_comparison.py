"""Compares the system with a naive implementation (benchmarks/naive), whose values are the baselines."""

import statistics
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from benchmarks import bulk_rows, large_shops, worker_process
from benchmarks.carrier_ledger import texts_since
from benchmarks.load import Request, as_fast_as_possible, at_a_rate, post
from benchmarks.measurements import Measurement, Plot, percentile
from benchmarks.measures.next_customer import search
from benchmarks.measures.offer_rate import DELAY_MS
from benchmarks.naive import fill_tables
from benchmarks.recovery_steps import CANCEL, milliseconds_to, says_yes, start_recoveries
from benchmarks.signed import FORM
from benchmarks.system_under_test import SystemUnderTest, running, wait_until

SLOWLY = {"provider": "twilio", "operation": "messages.create", "fault": "latency", "delay_ms": DELAY_MS}
ANSWERS_A_SECOND = 20.0


def measure(*, quick: bool) -> Iterator[Measurement]:
    with running() as system:
        fill_tables.tables(system)
        yield from _figures("cancel to text", *_cancellations(system, 3 if quick else 30))
        system.fault(**SLOWLY)
        yield from _figures("answering a YES", *_answers(system, 3 if quick else 100))
        yield _expiries(system, 5 if quick else 100)
        system.clear_faults()
        yield _crowded(system, 200 if quick else 10_000)


def _figures(what: str, ours: Sequence[float], theirs: Sequence[float]) -> Iterator[Measurement]:
    for name, share in (("median", 0.5), ("99th percentile", 0.99)):
        system, naive = percentile(ours, share), percentile(theirs, share)
        yield _compared(f"{what}, {name}", system, naive, "ms", f"{len(ours)} samples")


def _compared(name: str, ours: float, theirs: float, unit: str, note: str) -> Measurement:
    return Measurement(name, ours, unit, theirs, None, note, plot=Plot("naive", "naive implementation", name))


def _cancellations(system: SystemUnderTest, many: int) -> tuple[list[float], list[float]]:
    """Measures latencies at ten requests per second."""
    begun = start_recoveries(system, CANCEL.ready(system, "compared", many, 10), 10)
    ours = milliseconds_to(system, CANCEL.answered_by, begun)
    system.wait_until_idle()
    requests = [_to_peer(system, f"/cancel/{id}") for id in fill_tables.shops(system, many=many, customers=2)]
    return ours, list(at_a_rate(system.naive_url, requests, rate=10).milliseconds)


def _to_peer(system: SystemUnderTest, path: str, **form: str) -> Request:
    return post(system.naive_url, path, urlencode(form).encode(), {"Content-Type": FORM})


def _answers(system: SystemUnderTest, many: int) -> tuple[Sequence[float], Sequence[float]]:
    """Measures the latency of webhooks while the carrier responds slowly."""
    asked = [trigger.request for trigger in says_yes(system, "answered", many, 1) if trigger.request]
    ours = at_a_rate(system.settings["WEB_URL"], asked, rate=ANSWERS_A_SECOND)
    system.wait_until_idle()
    shops = fill_tables.shops(system, many=many, customers=2)
    replies = [_to_peer(system, "/inbound", From=phone, Body="YES") for phone in fill_tables.offered(system, shops)]
    return ours.milliseconds, at_a_rate(system.naive_url, replies, rate=ANSWERS_A_SECOND).milliseconds


def _expiries(system: SystemUnderTest, many: int) -> Measurement:
    """Measures the time from the expiry of many offers to the last text to the next customers."""
    bulk_rows.shops(system, "ended", shops=many, customers=3)
    bulk_rows.opened(system, "ended")
    # The offers end later, because beat would otherwise publish the first texts before the measurement begins.
    ended = [offer.ends for offer in bulk_rows.offered(system, "ended", ends_in=10)]
    wait_until(lambda: time.time() > ended[-1], "the offers to end")
    began = ended[0]
    system.sweep()
    wait_until(lambda: len(texts_since(system, began, "Reply YES")) >= many, "all to be asked", pause=0.2)
    ours = texts_since(system, began, "Reply YES")[many - 1].at - began
    system.wait_until_idle()
    fill_tables.offered(system, fill_tables.shops(system, many=many, customers=3), ends_in=-1)
    began, sweeps = time.time(), -(-many // 25)
    for _ in range(sweeps):
        as_fast_as_possible(system.naive_url, [_to_peer(system, "/expire")], seconds=60)
    note = f"the carrier responds in {DELAY_MS} ms; the naive implementation sweeps {sweeps} times without a pause"
    return _compared(f"{many} expired offers, all asked again", ours, time.time() - began, "s", note)


def _crowded(system: SystemUnderTest, customers: int) -> Measurement:
    """Measures the search in a shop in which the highest-ranked 95% of customers have a cooldown."""
    slot = large_shops.shop(system, customers=customers, pattern=large_shops.Pattern(95, best_first=True))
    (searched,) = worker_process.run(system.settings, search, [slot], 5)
    (shop,) = fill_tables.shops(system, many=1, customers=customers, rest=customers * 95 // 100)
    theirs = as_fast_as_possible(system.naive_url, [_to_peer(system, f"/cancel/{shop}")], seconds=60)
    name = f"next customer of {customers:,}, the first 95% in cooldown"
    return _compared(name, statistics.median(searched.milliseconds), theirs.milliseconds[0], "ms", "")
