"""The connection budget fits a Postgres with default limits, and no process exceeds its share."""

from __future__ import annotations

from cli.connection_budget import budget, total
from settings.database import WORKER_CONNECTIONS, DatabaseSettings

DEFAULT = DatabaseSettings.model_fields["database_pool_size"].default
ROOM_OF_POSTGRES = 100 - 3
"""max_connections minus superuser_reserved_connections, with Postgres's default settings."""


def test_two_webs_and_all_workers_fit_a_postgres_as_it_comes() -> None:
    web = next(share.connections for share in budget(DEFAULT) if share.service == "web")
    assert total(DEFAULT) + web <= ROOM_OF_POSTGRES


def test_the_threads_of_a_worker_share_its_connections() -> None:
    offers = next(share for share in budget(DEFAULT) if share.service == "worker offers")
    assert (offers.connections, offers.reason) == (WORKER_CONNECTIONS, f"12 threads share {WORKER_CONNECTIONS}")


def test_a_smaller_pool_makes_a_smaller_budget() -> None:
    assert total(4) < total(8) < total(DEFAULT)
