"""The running system of the stories. Rows that nobody but an outsider would write need not keep every invariant."""

from __future__ import annotations

import pytest

from cli.local.system import System
from tests.contract.outside import Outside
from tests.stories.conftest import running
from tests.stories.town import Town

__all__ = ["running"]


@pytest.fixture
def town(running: System) -> Town:
    return Town(running.settings)


@pytest.fixture
def outside(town: Town) -> Outside:
    return Outside(town)
