"""After any events in any order, every invariant holds once the sweeps have run."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st

from tests.effort import long_except, repeats
from tests.faults.story import play
from tests.world import World

SEEDS, LENGTHS, NUMBERS = st.integers(0, 2**16), st.integers(4, 20), st.integers(0, 2**16)
PARTS, HISTORIES_OF_A_PART = repeats(5, most=50), 2
MANY_HISTORIES = int(os.environ.get("HISTORIES", "5000"))
SEED = int(os.environ.get("SEED") or random.randrange(10**6))


@pytest.mark.quick
@pytest.mark.parametrize("part", long_except(PARTS, 0))
def test_every_promise_holds_after_any_history(world: World, part: int) -> None:
    """Tries two histories in `make test`, up to a hundred in `make test-all`, with the same seeds in every run."""
    check_histories(world, HISTORIES_OF_A_PART, seed=part)


@pytest.mark.chaos
def test_every_promise_holds_after_many_more_histories(world: World) -> None:
    print(f"SEED={SEED} tells these again")
    check_histories(world, MANY_HISTORIES, seed=SEED)


def check_histories(world: World, count: int, *, seed: int) -> None:
    """Lets Hypothesis choose the events of `count` histories. The same seed gives the same histories."""

    @with_seed(seed)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), SEEDS, LENGTHS)
    def history(data: st.DataObject, seed: int, length: int) -> None:
        left = iter(range(length))

        def choose(may: list[str]) -> str | None:
            # If two tasks race, the possible events differ between runs, but the drawn values must be the same.
            return None if next(left, None) is None else random.Random(data.draw(NUMBERS)).choice(may)

        play(world, seed, choose)

    history()
