"""Fixtures: the running system for the stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db import invariants
from db.sessions import sessions
from tests.running_system import RunningSystem
from tests.stories.live_system import LiveSystem, connect


@pytest.fixture
def live(running: RunningSystem) -> Iterator[LiveSystem]:
    """At the end of each story, checks that every invariant holds."""
    with connect(running.env) as connection:
        live = LiveSystem(running.env, connection)
        yield live
        live.forgets_faults()
        live.comes_to_rest()
        assert violations(running, live) == []


def violations(running: RunningSystem, live: LiveSystem) -> list[str]:
    """Returns the violated invariants as sentences."""
    with sessions(running.engine).begin() as session:
        return [f"{v.name} {v.subject}: {v.detail}" for v in invariants.check(session, live.ledger())]
