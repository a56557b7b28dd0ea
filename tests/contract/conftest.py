"""Runs the contract tests on the running system that all end-to-end tests share.

These tests insert rows that may violate invariants. In production, only external tools insert such rows.
"""

from __future__ import annotations

import pytest

from tests.contract.outside import OutsideCallers
from tests.live_system import LiveSystem
from tests.running_system import RunningSystem


@pytest.fixture
def live(running: RunningSystem) -> LiveSystem:
    return running.live


@pytest.fixture
def outside(live: LiveSystem) -> OutsideCallers:
    return OutsideCallers(live)
