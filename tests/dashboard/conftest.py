"""Serves the pages over HTTP, with an application on the test's database and the sandbox, which simulates Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from stripe import StripeClient
from werkzeug.serving import make_server

from cli.local.servers.free_ports import free_port
from dashboard import app as dashboard_app
from dashboard.page_dependencies import PageDependencies
from dashboard.shop import event_streams
from db.sessions import sessions
from outbox.celery_client import client as celery_client
from outbox.transactions import Publisher, Transactions
from sandbox import app as sandbox_app
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests.browser import STILL, Complaints
from tests.credentials import STRIPE_KEY, of_a_sandbox
from tests.serving import QuietHandler, on_a_thread

SETTINGS = {
    "app_url": "http://localhost",
    "secret_key": "a key for tests alone",
    "stripe_publishable_key": "pk_test_123",
    "stripe_js_url": "https://js.stripe.com/v3/",
}


senders: list[Celery] = []


@pytest.fixture(autouse=True)
def closed_senders() -> Iterator[None]:
    """Closes connections that would otherwise raise warnings in a later test when they are garbage collected."""
    yield
    while senders:
        senders.pop().close()


def wired(engine: Engine, redis_url: str, **settings: str) -> PageDependencies:
    """Returns dependencies connected to the test's servers; `settings` override the defaults above."""
    pool = sessions(engine)
    at = RedisSettings(redis_url=redis_url)
    senders.append(celery_client(at))
    transactions = Transactions(pool, Publisher(senders[-1]))
    return PageDependencies(WebSettings(**{**SETTINGS, **settings}), pool, transactions, rate_limits=at)


class Compiled(BytecodeCache):
    """Caches compiled templates for all applications of this process.

    Compiling takes most of the time of the first requests.
    """

    def __init__(self) -> None:
        self.code: dict[str, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get(f"{bucket.key} {bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[f"{bucket.key} {bucket.checksum}"] = bucket.code


COMPILED = Compiled()


def create_app(wiring: PageDependencies) -> Flask:
    """Creates an application that shares its compiled templates with the others."""
    app = dashboard_app.create_app(wiring)
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture(scope="session")
def shared_app(shared_engine: Engine, redis_server: str) -> Flask:
    """One application for all tests, because creating it takes 100 ms."""
    return create_app(wired(shared_engine, redis_server))


@pytest.fixture
def app(shared_app: Flask, engine: Engine, redis_url: str) -> Flask:
    shared_app.extensions["dependencies"] = wired(engine, redis_url)
    event_streams.install(shared_app)  # The connection of the previous test may be closed.
    return shared_app


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    """One browser; call `app.test_client()` for another."""
    return app.test_client()


@contextmanager
def serving_pages(app: Flask, port: int) -> Iterator[None]:
    """Serves the application over HTTP on loopback."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    # Waits for responses in progress, because they use a database that will be emptied.
    server.daemon_threads = False
    with on_a_thread(server):
        try:
            yield
        finally:
            if "live_updates" in app.extensions:
                app.extensions["live_updates"].close()


@pytest.fixture
def ports() -> tuple[int, int]:
    """Ports for the pages and for the sandbox, which need each other's address."""
    return free_port(), free_port()


@pytest.fixture
def site(engine: Engine, redis_url: str, stripe_client: StripeClient, ports: tuple[int, int]) -> Iterator[str]:
    """Serves the pages with the sandbox's card form, and yields their address."""
    address, script = (f"http://127.0.0.1:{port}" for port in ports)
    wiring = wired(engine, redis_url, app_url=address, stripe_js_url=f"{script}/stripe.js")
    with serving_pages(create_app(wiring), ports[0]):
        yield address


@pytest.fixture
def stripe_client(tmp_path: Path, ports: tuple[int, int]) -> Iterator[StripeClient]:
    """A Stripe client connected to the sandbox."""
    pages, address = (f"http://127.0.0.1:{port}" for port in ports)
    app = sandbox_app.create_app(of_a_sandbox(tmp_path / "sandbox", pages, url=address))
    with serving_pages(app, ports[1]):
        yield StripeClient(STRIPE_KEY, base_addresses={"api": address})
    sandbox_app.close(app)


PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}


@contextmanager
def window(browser: Browser, site: str, **looks: Any) -> Iterator[Page]:
    """A browser window that fails the test on script errors and on anything that the content policy blocks."""
    complaints = Complaints()
    context = browser.new_context(base_url=site, **STILL, **looks)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints.listen_to(page)
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    """Ana's phone: a small screen in dark mode."""
    with window(browser, site, **PHONE) as page:
        yield page


@pytest.fixture
def wide_screen(browser: Browser, site: str) -> Iterator[Page]:
    """A large screen in light mode."""
    with window(browser, site, **DESK) as page:
        yield page
