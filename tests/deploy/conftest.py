"""Fixtures: servers used by a single test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local.servers.embedded_postgres import Postgres


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A separate server, for changes that cannot be made to a shared server."""
    server = Postgres(tmp_path / "postgres", settings={"fsync": "off"}).start()
    yield server
    server.stop()
