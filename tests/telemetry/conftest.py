"""Starts processes whose metrics and logs are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.deploy.processes import Started

SETTINGS = {
    "ENVIRONMENT": "test",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "INTERNAL_SECRET": "internal",
}


@pytest.fixture
def start(tmp_path, database_url, redis_url) -> Iterator[Callable[..., Started]]:
    """Starts processes that use the test's Postgres and Redis."""
    started: list[Started] = []

    def begin(command: tuple[str, ...], **environment: str) -> Started:
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        started.append(Started(command, SETTINGS | stores | environment, tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.end()
