"""Stops workers in this process at any step, with an exception that no code catches.

test_failpoints.py kills real processes. This module is a hundred times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.faults.steps import watched
from tests.world import Killed, World


@contextmanager
def cut_short(world: World, *, after: int) -> Iterator[None]:
    """Stops the code in the block at step number `after`, if it has that many steps."""
    left = after

    def enough(_: str) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    with _stopped(world, enough):
        yield


@contextmanager
def cut_short_when(world: World, name: str) -> Iterator[None]:
    """Stops the code in the block at the first step with that name."""
    with _stopped(world, lambda step: step == name):
        yield


@contextmanager
def _stopped(world: World, enough: Callable[[str], bool]) -> Iterator[None]:
    def step(name: str) -> None:
        if enough(name):
            raise Killed

    with suppress(Killed), watched(world.dependencies.engine, world.dependencies.transactions.sessions, step):
        yield
