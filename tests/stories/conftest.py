"""Fixtures: the running system for the stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.local.system import System
from db import invariants
from db.engine import engine
from db.sessions import sessions
from tests.live_system import LiveSystem


@pytest.fixture
def live(running: System) -> Iterator[LiveSystem]:
    """At the end of each story, checks that every invariant holds."""
    live = LiveSystem(running.settings)
    yield live
    live.forgets_faults()
    live.comes_to_rest()
    assert violations(live) == []


def violations(live: LiveSystem) -> list[str]:
    """Returns the violated invariants as sentences."""
    database = engine(live.settings["DATABASE_URL"], application_name="stories")
    try:
        with sessions(database).begin() as session:
            return [f"{v.name} {v.subject}: {v.detail}" for v in invariants.check(session, live.ledger())]
    finally:
        database.dispose()
