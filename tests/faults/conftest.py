"""One simulated world for all tests about faults. Each test has its own shops in it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import redis
import structlog

from api import api_dependencies
from api.app import create_app as create_api
from cli.local.addresses import SHARED_NUMBERS
from cli.local.servers.free_ports import free_port
from outbox.transactions import NoPublisher, Transactions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from settings.worker import load_worker
from tests.faults.outside import (
    ACCOUNT,
    CRON_SECRET,
    INTERNAL_SECRET,
    RESEND_SECRET,
    STRIPE_KEY,
    STRIPE_SECRET,
    TOKEN,
    outside,
    serving,
)
from tests.faults.world import FaultClock, World
from tests.servers import TRUNCATE_GROWN_TABLES, close
from tests.webhook_receiver import receiver
from web.app import by_path
from webhooks.app import create_app
from webhooks.web_dependencies import connect
from worker import app as worker_app
from worker.dependencies import Dependencies, use
from worker.dependencies import _make as tools_of_a_worker

SETTINGS = {
    "ENVIRONMENT": "development",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "STRIPE_API_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    "STRIPE_PUBLISHABLE_KEY": "pk_test_51Sandbox",
    **SHARED_NUMBERS,
    "RESEND_API_KEY": "re_sandbox",
    "RESEND_WEBHOOK_SECRET": RESEND_SECRET,
    "INTERNAL_SECRET": INTERNAL_SECRET,
    "CRON_SECRET": CRON_SECRET,
    "DATABASE_POOL_SIZE": "20",
    # With these ids, the sandbox replaces the provider.
    **dict.fromkeys(("SQUARE_APPLICATION_ID", "GOOGLE_CLIENT_ID"), "sandbox"),
    **dict.fromkeys(("SQUARE_APPLICATION_SECRET", "GOOGLE_CLIENT_SECRET"), "sq0csp-8f14e45fceea167a"),
    "WEBHOOKS_ALLOW_LOOPBACK": "true",
    # Prevents a busy machine from being treated as an unavailable Redis.
    "REDIS_TIMEOUT_SECONDS": "10",
    # The client library must not retry.
    "STRIPE_NETWORK_RETRIES": "0",
}


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Adds these variables until the end of the block."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def made_world(
    databases, migrated_template, redis_server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, str]]]:
    """Yields the world and its environment.

    The connections stay open, because a new connection would plan each statement again.
    """
    for module in worker_app.TASK_MODULES:
        importlib.import_module(module)
    url, port = databases.make(like=migrated_template), free_port()
    values = SETTINGS | {"DATABASE_URL": url, "REDIS_URL": redis_server, "APP_URL": f"http://127.0.0.1:{port}"}
    with environment(values):
        settings = load(WebSettings), load(DatabaseSettings), load(RedisSettings)
    wiring, of_api = connect(*settings), api_dependencies.connect(*settings)
    endpoints = create_app(replace(wiring, transactions=_unpublished(wiring.transactions)))
    public = create_api(replace(of_api, transactions=_unpublished(of_api.transactions)))
    with (
        serving(by_path({}, public=public, otherwise=endpoints), port=port) as web,
        outside(tmp_path_factory.mktemp("sandbox"), web) as world_outside,
        redis.Redis.from_url(redis_server) as gates,
        receiver() as theirs,
    ):
        values |= dict.fromkeys(("TWILIO_API_URL", "STRIPE_API_URL", "RESEND_API_URL"), world_outside.url)
        with environment(values):
            made = unheard(tools_of_a_worker(load_worker()))
        yield World(made, world_outside, web, FaultClock(made.engine, gates), gates, theirs), values
        close(made.engine)
    close(wiring.sessions.kw["bind"])
    close(of_api.transactions.sessions.kw["bind"])
    of_api.rate_limits.close()
    databases.drop(url)


@pytest.fixture(scope="module")
def whole_world(made_world: tuple[World, dict[str, str]]) -> Iterator[World]:
    """The world of this process, until the end of the file."""
    world, values = made_world
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with world.dependencies.engine.begin() as connection:
        connection.exec_driver_sql(TRUNCATE_GROWN_TABLES)
    with environment(values):
        use(world.dependencies)
        yield world
    structlog.reset_defaults()


@pytest.fixture
def world(whole_world: World) -> Iterator[World]:
    whole_world.clock.start()
    whole_world.begin_anew()
    yield whole_world
    whole_world.clock.stop()


def unheard(dependencies: Dependencies) -> Dependencies:
    """Returns a worker's dependencies without a publisher, because no worker is running."""
    return replace(dependencies, transactions=_unpublished(dependencies.transactions))


def _unpublished(transactions: Transactions) -> Transactions:
    return replace(transactions, publisher=NoPublisher())
