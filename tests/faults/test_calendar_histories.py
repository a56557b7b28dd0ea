"""The calendar and our appointments agree after any events on both sides, in any order."""

from __future__ import annotations

import os
import random

import pytest

from providers.calendars.registry import PROVIDERS
from tests.effort import long_except, repeats
from tests.faults.calendar_history import assert_both_sides_agree
from tests.world import World

HISTORIES = int(os.environ.get("HISTORIES", "300"))
SEED = int(os.environ.get("SEED") or random.randrange(10**6))


@pytest.mark.quick
@pytest.mark.parametrize("kind", long_except(PROVIDERS, "google"))
@pytest.mark.parametrize("seed", long_except(repeats(1, most=8), 0))
def test_both_sides_agree_after_any_history(world: World, kind: str, seed: int) -> None:
    """The seeds are the same in every run."""
    assert_both_sides_agree(world, kind, seed, length=25)


@pytest.mark.chaos
@pytest.mark.parametrize("kind", PROVIDERS)
def test_both_sides_agree_after_many_more_histories(world: World, kind: str) -> None:
    print(f"SEED={SEED} tells these again")
    for seed in range(SEED, SEED + HISTORIES):
        assert_both_sides_agree(world, kind, seed, length=25)
