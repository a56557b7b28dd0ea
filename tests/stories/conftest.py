"""One running system for all stories: the processes of `slots up`, with no shop in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cli.boot import boot
from cli.system import System
from tests.stories.town import Town


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    system = System(tmp_path_factory.mktemp("town"), environment={**environment, "TICK_SECONDS": "1"})
    try:
        boot(system, fill=lambda url: None, stopping=lambda: False)
        yield system
    finally:
        system.stop()


@pytest.fixture
def town(running: System) -> Town:
    return Town(running.settings)
