"""So many offers run out at once that every worker is busy for minutes: who is asked, who waits, what it weighs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import rows
from benchmarks.figures import Figure, percentile, value
from benchmarks.ground import Ground, running
from benchmarks.ledger import texts_since
from benchmarks.legs import YES, Spark, milliseconds_to, says_yes, set_off
from benchmarks.processes import Weights, weighed

SLOTS_A_SHOP = 10
GROUP = "flood"
PENDING = "SELECT count(*) FROM pending_tasks WHERE settled_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Size:
    """`offers` that run out; `answers`: YES that come meanwhile, so many a second."""

    offers: int
    answers: int
    answers_a_second: float


# An offer takes a search, a sending and two callbacks: 50,000 tasks.
FULL, QUICK = Size(12_500, 100, 2), Size(40, 3, 2)


def measure(*, quick: bool) -> Iterator[Figure]:
    size = QUICK if quick else FULL
    with running() as ground:
        calm = _answered(ground, says_yes(ground, "calm", size.answers // 2 or 1, 1), 4)
        ground.at_rest()
        answers = says_yes(ground, "answering", size.answers, 1)
        _expired(ground, size)
        before, began = ground.count(PENDING), time.time()
        with weighed(ground) as weights:
            sweeping = threading.Thread(target=ground.sweep)
            sweeping.start()
            waited = _answered(ground, answers, size.answers_a_second)
            sweeping.join()
            ground.at_rest()
            asked = _all_asked(ground, size, began)
        tasks = ground.count(PENDING) - before
        tail, floor = percentile(waited, 0.99), percentile(calm, 0.99)
        note = f"{len(waited)} samples; the floor: the same on a calm system"
        yield Figure(
            f"YES to link while {size.offers:,} offers go out", tail, "ms", floor, value(most=500), note, waited
        )
        yield from _throughput(size, asked - began, weights, tasks)


def _throughput(size: Size, seconds: float, weights: Weights, tasks: int) -> Iterator[Figure]:
    note = f"each slot's next customer, in {seconds:.0f} s"
    yield Figure(
        f"{size.offers:,} expired offers, next customers asked", size.offers / seconds, "offers/s", note=note
    )
    yield Figure("heaviest process of a worker", weights.heaviest, "MB", None, value(most=150), weights.words())
    note = f"the most that any process gained after the first fifth of {tasks:,} tasks"
    yield Figure("growth of a worker's process", weights.growth, "MB", None, value(most=5), note)


def _answered(ground: Ground, sparks: list[Spark], rate: float) -> list[float]:
    return milliseconds_to(ground, YES.answered_by, set_off(ground, sparks, rate))


def _expired(ground: Ground, size: Size) -> None:
    rows.shops(ground, GROUP, shops=size.offers // SLOTS_A_SHOP, customers=2 * SLOTS_A_SHOP)
    rows.opened(ground, GROUP, slots=SLOTS_A_SHOP)
    rows.offered(ground, GROUP, ends_in=-1)


def _all_asked(ground: Ground, size: Size, since: float) -> float:
    """When the last of them was texted, in Unix seconds."""
    texts = texts_since(ground, since, "Reply YES")
    assert len(texts) >= size.offers, f"{len(texts)} of {size.offers} were asked"
    return max(text.at for text in texts)
