"""The endpoints with their own database and Redis, and their callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from settings.database import DatabaseSettings
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests.builders import Built, a_shop
from tests.webhooks import callers
from tests.webhooks.serving import web_process
from webhooks.app import create_app
from webhooks.web_dependencies import WebDependencies, connect

if TYPE_CHECKING:
    from tests.servers import Databases


@pytest.fixture(scope="session")
def doors_database(databases: Databases, migrated_template: str) -> Iterator[str]:
    url = databases.make(like=migrated_template)
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(doors_database: str) -> str:
    """Emptied instead of recreated: most tests here leave no more than a few rows."""
    with psycopg.connect(doors_database, autocommit=True) as connection:
        connection.execute("TRUNCATE shops, webhook_events, pending_tasks, job_runs CASCADE")
    return doors_database


@pytest.fixture
def doors_on() -> Iterator[Callable[..., WebDependencies]]:
    """Connects the endpoints to the given servers; `settings` are added to the defaults."""
    opened: list[WebDependencies] = []

    def open_on(database_url: str, redis_url: str, **settings: Any) -> WebDependencies:
        usual = {
            "app_url": callers.APP_URL,
            "twilio_account_sid": callers.ACCOUNT_SID,
            "twilio_auth_token": callers.AUTH_TOKEN,
            "stripe_webhook_secret": callers.WEBHOOK_SECRET,
            "resend_webhook_secret": callers.RESEND_SECRET,
            "internal_secret": callers.INTERNAL_SECRET,
            "cron_secret": callers.CRON_SECRET,
        }
        database, redis = DatabaseSettings(database_url=database_url), RedisSettings(redis_url=redis_url)
        opened.append(connect(WebSettings(**(usual | settings)), database, redis))
        return opened[-1]

    yield open_on
    for wiring in opened:
        wiring.sessions.kw["bind"].dispose()
        wiring.broker.close()


@pytest.fixture
def wiring(doors_on: Callable[..., WebDependencies], database_url: str, redis_url: str) -> WebDependencies:
    return doors_on(database_url, redis_url)


@pytest.fixture
def app(wiring: WebDependencies) -> Flask:
    return create_app(wiring)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def twilio(client: FlaskClient) -> callers.Carrier:
    return callers.Carrier(client)


@pytest.fixture
def stripe(client: FlaskClient) -> callers.PaymentCompany:
    return callers.PaymentCompany(client)


@pytest.fixture
def booking_system(client: FlaskClient) -> callers.BookingSystem:
    return callers.BookingSystem(client)


@pytest.fixture
def worker(wiring: WebDependencies) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """A worker that settles one task of this name."""
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


@pytest.fixture(scope="module")
def serving(doors_database: str, redis_server: str) -> Iterator[str]:
    """The web process; its database is emptied before each test."""
    with web_process(DATABASE_URL=doors_database, REDIS_URL=redis_server) as (url, _):
        yield url


@pytest.fixture
def served(serving: str, database_url: str) -> str:
    return serving
