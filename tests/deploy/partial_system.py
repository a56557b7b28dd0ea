"""Runs some of the product's services with the stores of a test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.local.boot import boot
from cli.local.local_services import SERVICES
from cli.local.system import System
from tests.servers import patient
from tests.waiting import REDIS_PATIENCE_SECONDS


@contextmanager
def partial_system(folder: Path, needed: Collection[str], settings: Mapping[str, str]) -> Iterator[System]:
    """Starts the services whose names are in `needed`, and stops them at the end of the block.

    `settings` contains the addresses of the stores. The folder `data` in `folder` keeps the data and logs. The time
    limits of the stores are longer than in production.
    """
    pooler = settings.get("DATABASE_POOLER", "none")
    stores = {
        "DATABASE_URL": patient(settings["DATABASE_URL"], pooler=pooler),
        "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS),
    }
    data = folder / "data"
    data.mkdir()
    system = System(
        data, environment={**settings, **stores}, services=tuple(one for one in SERVICES if one.name in needed)
    )
    try:
        boot(system, fill=lambda _: None, stopping=lambda: False)
        yield system
    finally:
        system.stop()
