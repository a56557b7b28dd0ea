"""Stops workers in this process at any step, with an exception that no code catches.

test_failpoints.py kills real processes. This module is a hundred times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.faults.steps import watched
from tests.world import Killed, World


@contextmanager
def cut_short(world: World, *, after: int) -> Iterator[list[str]]:
    """Stops the code in the block at step number `after`, if it has that many steps. Yields the reached steps."""
    reached: list[str] = []

    def enough(step: str) -> bool:
        reached.append(step)
        return len(reached) > after

    with _stopped(world, enough):
        yield reached


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
