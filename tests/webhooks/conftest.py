"""Fixtures: the endpoints on their own database and Redis, and their callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from settings.database import DatabaseSettings
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests import credentials
from tests.builders import Built, a_shop
from tests.servers import close, patient
from tests.waiting import REDIS_PATIENCE_SECONDS
from tests.webhooks import callers
from tests.webhooks.serving import web_process
from webhooks.app import create_app
from webhooks.refused_signatures import RefusedSignatures
from webhooks.web_dependencies import WebDependencies, connect

Opening = Callable[..., WebDependencies]


@contextmanager
def opened_endpoints() -> Iterator[Opening]:
    """Connects the endpoints to the given servers until the end of the block."""
    opened: list[WebDependencies] = []

    def open_on(
        database_url: str, redis_url: str, *, redis_seconds: float = REDIS_PATIENCE_SECONDS, **settings: Any
    ) -> WebDependencies:
        usual = {
            "app_url": callers.APP_URL,
            "twilio_account_sid": credentials.ACCOUNT_SID,
            "twilio_auth_token": credentials.AUTH_TOKEN,
            "stripe_webhook_secret": credentials.STRIPE_SECRET,
            "resend_webhook_secret": credentials.RESEND_SECRET,
            "internal_secret": credentials.INTERNAL_SECRET,
            "cron_secret": credentials.CRON_SECRET,
        }
        database = DatabaseSettings(database_url=database_url)
        redis = RedisSettings(redis_url=redis_url, redis_timeout_seconds=redis_seconds)
        opened.append(connect(WebSettings(**(usual | settings)), database, redis))
        return opened[-1]

    yield open_on
    for wiring in opened:
        close(wiring.sessions.kw["bind"])
        wiring.broker.close()


@pytest.fixture
def endpoints_on() -> Iterator[Opening]:
    """Connects the endpoints to the given servers; `settings` override the defaults."""
    with opened_endpoints() as endpoints_on:
        yield endpoints_on


@pytest.fixture(scope="session")
def shared_wiring(shared_database: str, redis_server: str) -> Iterator[WebDependencies]:
    with opened_endpoints() as endpoints_on:
        yield endpoints_on(patient(shared_database), redis_server)


@pytest.fixture
def wiring(shared_wiring: WebDependencies, database_url: str, redis_url: str) -> WebDependencies:
    """Dependencies connected to the test's servers. No signature has been refused yet."""
    return replace(shared_wiring, refusals=RefusedSignatures())


@pytest.fixture
def app(wiring: WebDependencies) -> Flask:
    return create_app(wiring)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def twilio(client: FlaskClient) -> callers.TwilioCaller:
    return callers.TwilioCaller(client)


@pytest.fixture
def stripe(client: FlaskClient) -> callers.StripeCaller:
    return callers.StripeCaller(client)


@pytest.fixture
def booking_system(client: FlaskClient) -> callers.SecretCaller:
    return callers.SecretCaller(client)


@pytest.fixture
def worker(wiring: WebDependencies) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """A worker that completes one task with this name."""
    started: list[callers.Worker] = []

    def start(task: str, outcome: dict[str, Any]) -> None:
        started.append(callers.Worker(wiring.sessions, task, outcome))
        started[-1].start()

    yield start
    for thread in started:
        thread.join()


@pytest.fixture
def shop(session: Session) -> Built:
    made = a_shop(session)
    session.commit()
    return made


@pytest.fixture(scope="session")
def web_server(shared_database: str, redis_server: str) -> Iterator[str]:
    """The web process, whose database is emptied before each test."""
    with web_process(DATABASE_URL=patient(shared_database), REDIS_URL=redis_server) as (url, _):
        yield url


@pytest.fixture
def served(web_server: str, database_url: str) -> str:
    return web_server
