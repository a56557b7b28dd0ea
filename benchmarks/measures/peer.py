"""The same loop built the obvious way (benchmarks/naive): each figure's floor is what the peer does."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from benchmarks import bulk_rows, crowd, worker_process
from benchmarks.carrier_ledger import texts_since
from benchmarks.load import Request, as_fast_as_possible, at_a_rate, post
from benchmarks.measurements import Measurement, Plot, percentile
from benchmarks.measures.next_customer import search
from benchmarks.measures.offer_rate import DELAY_MS
from benchmarks.naive import fill_tables
from benchmarks.recovery_steps import CANCEL, milliseconds_to, says_yes, set_off
from benchmarks.signed import FORM
from benchmarks.system_under_test import Ground, running, wait_until

SLOWLY = {"provider": "twilio", "operation": "messages.create", "fault": "latency", "delay_ms": DELAY_MS}
ANSWERS_A_SECOND = 20.0


def measure(*, quick: bool) -> Iterator[Measurement]:
    with running() as ground:
        fill_tables.tables(ground)
        yield from _figures("cancel to text", *_cancellations(ground, 3 if quick else 30))
        ground.fault(**SLOWLY)
        yield from _figures("answering a YES", *_answers(ground, 3 if quick else 100))
        yield _expiries(ground, 5 if quick else 100)
        ground.clear_faults()
        yield _crowded(ground, 200 if quick else 10_000)


def _figures(what: str, ours: Sequence[float], theirs: Sequence[float]) -> Iterator[Measurement]:
    for name, share in (("median", 0.5), ("99th percentile", 0.99)):
        mine, peer = percentile(ours, share), percentile(theirs, share)
        yield _compared(f"{what}, {name}", mine, peer, "ms", f"{len(ours)} samples")


def _compared(name: str, ours: float, theirs: float, unit: str, note: str) -> Measurement:
    return Measurement(name, ours, unit, theirs, None, note, plot=Plot("peer", "the peer", name))


def _cancellations(ground: Ground, many: int) -> tuple[list[float], list[float]]:
    """One after the other, ten a second."""
    begun = set_off(ground, CANCEL.ready(ground, "beside the peer", many, 10), 10)
    ours = milliseconds_to(ground, CANCEL.answered_by, begun)
    ground.at_rest()
    requests = [_to_peer(ground, f"/cancel/{id}") for id in fill_tables.shops(ground, many=many, customers=2)]
    return ours, list(at_a_rate(ground.naive_url, requests, rate=10).milliseconds)


def _to_peer(ground: Ground, path: str, **form: str) -> Request:
    return post(ground.naive_url, path, urlencode(form).encode(), {"Content-Type": FORM})


def _answers(ground: Ground, many: int) -> tuple[Sequence[float], Sequence[float]]:
    """How long the carrier waits for an answer to its webhook, while its own answers take a while."""
    asked = [spark.request for spark in says_yes(ground, "answered", many, 1) if spark.request]
    ours = at_a_rate(ground.settings["WEB_URL"], asked, rate=ANSWERS_A_SECOND)
    ground.at_rest()
    shops = fill_tables.shops(ground, many=many, customers=2)
    said = [_to_peer(ground, "/inbound", From=phone, Body="YES") for phone in fill_tables.offered(ground, shops)]
    return ours.milliseconds, at_a_rate(ground.naive_url, said, rate=ANSWERS_A_SECOND).milliseconds


def _expiries(ground: Ground, many: int) -> Measurement:
    """So many offers end at once, until the last of the next customers has been texted."""
    bulk_rows.shops(ground, "ended", shops=many, customers=3)
    bulk_rows.opened(ground, "ended")
    bulk_rows.offered(ground, "ended", ends_in=-1)
    began = time.time()
    ground.sweep()
    wait_until(lambda: len(texts_since(ground, began, "Reply YES")) >= many, "all to be asked", pause=0.2)
    ours = texts_since(ground, began, "Reply YES")[many - 1].at - began
    ground.at_rest()
    fill_tables.offered(ground, fill_tables.shops(ground, many=many, customers=3), ends_in=-1)
    began, sweeps = time.time(), -(-many // 25)
    for _ in range(sweeps):
        as_fast_as_possible(ground.naive_url, [_to_peer(ground, "/expire")], seconds=60)
    note = f"the carrier answers in {DELAY_MS} ms; the peer sweeps {sweeps} times without a pause"
    return _compared(f"{many} expired offers, all asked again", ours, time.time() - began, "s", note)


def _crowded(ground: Ground, customers: int) -> Measurement:
    """The search in a shop where the best-ranked 95 % rest."""
    slot = crowd.shop(ground, customers=customers, pattern=crowd.Pattern(95, best_first=True))
    (searched,) = worker_process.run(ground.settings, search, [slot], 5)
    (shop,) = fill_tables.shops(ground, many=1, customers=customers, rest=customers * 95 // 100)
    theirs = as_fast_as_possible(ground.naive_url, [_to_peer(ground, f"/cancel/{shop}")], seconds=60)
    name = f"next customer of {customers:,}, the best-ranked 95 % rest"
    return _compared(name, statistics.median(searched.milliseconds), theirs.milliseconds[0], "ms", "")
