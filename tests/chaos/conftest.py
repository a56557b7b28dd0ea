"""One system for the stories of this folder, on real processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.stage import Stage


@pytest.fixture
def stage(tmp_path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    try:
        yield made.start()
    finally:
        made.stop()
