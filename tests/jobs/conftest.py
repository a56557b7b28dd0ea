"""Fixture: the time at which the test begins."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.world import World


@pytest.fixture
def now(world: World) -> datetime:
    return world.clock.now()
