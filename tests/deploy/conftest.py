"""Servers of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local.servers.embedded_postgres import Postgres


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """For what cannot be done to a server that others use."""
    server = Postgres(tmp_path / "postgres", settings={"fsync": "off"}).start()
    yield server
    server.stop()
