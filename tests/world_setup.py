"""Starts the test system of `tests/world.py` once for all tests of this process."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import redis
import structlog

from api import api_dependencies
from api.app import create_app as create_api
from cli.local.addresses import SHARED_NUMBERS
from cli.local.servers.free_ports import free_port
from outbox.transactions import NoPublisher, Transactions
from providers.email.choice import email_sender
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from settings.worker import load_worker
from tests import credentials
from tests.servers import close, patient
from tests.serving import KeepAliveHandler, serving
from tests.simulated_providers import simulated_providers
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS
from tests.webhook_receiver import receiver
from tests.world import World, WorldClock
from web.app import by_path
from webhooks.app import create_app
from webhooks.task_outcomes import TaskOutcomes
from webhooks.web_dependencies import connect
from worker import app as worker_app
from worker.dependencies import _make as dependencies_of_a_worker
from worker.dependencies import use

TIME_LIMITS = ("TWILIO_CONNECT", "TWILIO_READ", "STRIPE_CONNECT", "STRIPE_READ", "EMAIL")
SETTINGS = {
    "ENVIRONMENT": "development",
    **credentials.OF_THE_PROVIDERS,
    **credentials.OF_THE_CALLERS,
    "STRIPE_PUBLISHABLE_KEY": "pk_test_51Sandbox",
    **SHARED_NUMBERS,
    "DATABASE_POOL_SIZE": "20",
    # With this id, the sandbox simulates the provider.
    **dict.fromkeys(("SQUARE_APPLICATION_ID", "GOOGLE_CLIENT_ID"), "sandbox"),
    **dict.fromkeys(("SQUARE_APPLICATION_SECRET", "GOOGLE_CLIENT_SECRET"), "sq0csp-8f14e45fceea167a"),
    "WEBHOOKS_ALLOW_LOOPBACK": "true",
    # The time limits are long, so that a busy machine is not treated as an unavailable server.
    **dict.fromkeys((f"{name}_TIMEOUT_SECONDS" for name in TIME_LIMITS), str(PATIENCE_SECONDS)),
    "CALENDAR_TIMEOUT_SECONDS": "30",
    "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS),
    # The client library must not retry requests.
    "STRIPE_NETWORK_RETRIES": "0",
}


@contextmanager
def environment_variables(values: Mapping[str, str]) -> Iterator[None]:
    """Adds these environment variables until the end of the block."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def start_world(database_url: str, redis_url: str, folder: Path) -> Iterator[World]:
    """Yields the world.

    Its connections stay open, because a new connection would have to plan each statement again.
    """
    for module in worker_app.TASK_MODULES:
        importlib.import_module(module)
    port = free_port()
    stores = {"DATABASE_URL": patient(database_url), "REDIS_URL": redis_url}
    values = SETTINGS | stores | {"APP_URL": f"http://127.0.0.1:{port}"}
    with environment_variables(values):
        settings = load(WebSettings), load(DatabaseSettings), load(RedisSettings)
    wiring, of_api = connect(*settings), api_dependencies.connect(*settings)
    # A test may run the task for whose outcome a request waits on another thread.
    outcomes = TaskOutcomes(wiring.sessions, wiring.broker, seconds=PATIENCE_SECONDS)
    endpoints = create_app(replace(wiring, transactions=_unpublished(wiring.transactions), outcomes=outcomes))
    public = create_api(replace(of_api, transactions=_unpublished(of_api.transactions)))
    with (
        serving(by_path({}, public=public, otherwise=endpoints), port=port, handler=KeepAliveHandler) as web,
        simulated_providers(folder, web) as providers,
        redis.Redis.from_url(redis_url) as gates,
        receiver() as theirs,
    ):
        values |= dict.fromkeys(("TWILIO_API_URL", "STRIPE_API_URL", "RESEND_API_URL"), providers.url)
        with environment_variables(values):
            worker = dependencies_of_a_worker(load_worker())
        # No worker is running that could receive a message.
        made = replace(worker, transactions=_unpublished(worker.transactions))
        yield World(made, providers, web, WorldClock(made.engine, gates), gates, theirs, values)
        close(made.engine)
    close(wiring.sessions.kw["bind"])
    close(of_api.transactions.sessions.kw["bind"])
    of_api.rate_limits.close()


def _unpublished(transactions: Transactions) -> Transactions:
    return replace(transactions, publisher=NoPublisher())


@contextmanager
def working_in(world: World) -> Iterator[None]:
    """Uses the world's settings and connections in this process until the end of the block."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with environment_variables(world.environment):
        use(world.dependencies)
        yield
    structlog.reset_defaults()


@contextmanager
def emptied(world: World) -> Iterator[World]:
    """Begins without webhooks and with an unshifted clock.

    At the end, restores all objects that a test has replaced.
    """
    dependencies = world.dependencies
    world.clock.start()
    world.reset()
    try:
        yield world
    finally:
        world.clock.stop()
        if world.dependencies is not dependencies:
            # Resend's library has only one key and one time-out for the whole process.
            usual = email_sender(dependencies.settings.email)
            world.dependencies = use(replace(dependencies, email=usual))
