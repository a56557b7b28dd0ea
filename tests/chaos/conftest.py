"""Fixture: one running system with real processes, shared by all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.stage import ChaosSystem


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChaosSystem]:
    made = ChaosSystem(tmp_path_factory.mktemp("stage"))
    try:
        yield made.start()
    finally:
        made.stop()
