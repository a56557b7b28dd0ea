"""Fixtures: the API on its own database and Redis, and callers with keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from api.api_dependencies import ApiDependencies, connect
from api.app import create_app
from settings.database import DatabaseSettings
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests.api.callers import Caller, a_key
from tests.builders import Built, a_shop
from tests.servers import close, patient
from tests.waiting import REDIS_PATIENCE_SECONDS

Opening = Callable[..., ApiDependencies]


@contextmanager
def opened_api() -> Iterator[Opening]:
    """Connects the API to the given servers until the end of the block."""
    opened: list[ApiDependencies] = []

    def open_on(
        database_url: str, redis_url: str, *, redis_seconds: float = REDIS_PATIENCE_SECONDS, **settings: Any
    ) -> ApiDependencies:
        database = DatabaseSettings(database_url=database_url)
        redis = RedisSettings(redis_url=redis_url, redis_timeout_seconds=redis_seconds)
        opened.append(connect(WebSettings(**settings), database, redis))
        return opened[-1]

    yield open_on
    for dependencies in opened:
        close(dependencies.transactions.sessions.kw["bind"])
        dependencies.broker.close()
        dependencies.rate_limits.close()


@pytest.fixture
def api_on() -> Iterator[Opening]:
    """Connects the API to these servers; `settings` override the defaults."""
    with opened_api() as api_on:
        yield api_on


@pytest.fixture(scope="session")
def shared_app(shared_database: str, redis_server: str) -> Iterator[Flask]:
    """One application for all tests, because creating it takes 100 ms."""
    with opened_api() as api_on:
        yield create_app(api_on(patient(shared_database), redis_server))


@pytest.fixture
def app(shared_app: Flask, database_url: str, redis_url: str) -> Flask:
    return shared_app


@pytest.fixture
def shop(session: Session) -> Built:
    made = a_shop(session, country="GB", timezone="Europe/London")
    session.commit()
    return made


@pytest.fixture
def caller(app: Flask, session: Session, shop: Built) -> Caller:
    """A caller whose key belongs to `shop` and has read and write access."""
    return Caller(app.test_client(), a_key(session, shop))


@pytest.fixture
def reader(app: Flask, session: Session, shop: Built) -> Caller:
    """A caller whose key belongs to `shop` and has read-only access."""
    return Caller(app.test_client(), a_key(session, shop, scope="read"))


@pytest.fixture
def other_caller(app: Flask, session: Session) -> Caller:
    """A caller whose key belongs to another shop and has read and write access."""
    other = a_shop(session, name="Other shop", country="GB")
    return Caller(app.test_client(), a_key(session, other))


@pytest.fixture
def nobody(app: Flask) -> Caller:
    """A caller without a key."""
    return Caller(app.test_client(), None)
