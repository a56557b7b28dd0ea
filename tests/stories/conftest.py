"""Fixture: the running system for the stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem


@pytest.fixture
def live(running: LiveSystem) -> Iterator[LiveSystem]:
    """At the end of each story, checks that every invariant holds."""
    yield running
    running.forgets_faults()
    running.comes_to_rest()
    assert running.violations() == []
