"""Runs the contract tests on the running system of the stories.

The inserted rows may break invariants, since only outside tools insert such rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.outside import OutsideCallers
from tests.running_system import RunningSystem
from tests.stories.live_system import LiveSystem, connect


@pytest.fixture
def live(running: RunningSystem) -> Iterator[LiveSystem]:
    with connect(running.env) as connection:
        yield LiveSystem(running.env, connection)


@pytest.fixture
def outside(live: LiveSystem) -> OutsideCallers:
    return OutsideCallers(live)
