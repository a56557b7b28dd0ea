"""Fixture: the running system for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem
from tests.running_system import RunningSystem


@pytest.fixture
def live(running: RunningSystem) -> Iterator[LiveSystem]:
    """The running system. At the end of each test, every invariant is checked."""
    yield running.live
    running.live.clear_faults()
    running.live.wait_until_idle()
    assert running.live.violations() == []
