"""Serves the pages over HTTP, on the test's database and with the sandbox in place of Stripe."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from celery import Celery
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from stripe import StripeClient
from werkzeug.serving import make_server

from dashboard import app as dashboard_app
from dashboard.page_dependencies import PageDependencies
from dashboard.shop import event_streams
from db.sessions import sessions
from outbox.celery_client import client as celery_client
from outbox.transactions import Publisher, Transactions
from settings.environment import FromEnvironment
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests.browser import STILL, kept_page, patient_context, without_complaints
from tests.credentials import STRIPE_KEY, of_a_sandbox
from tests.serving import QuietHandler, on_a_thread, opened_sandbox
from tests.waiting import REDIS_PATIENCE_SECONDS

SETTINGS = {
    "app_url": "http://localhost",
    "secret_key": "a key for tests alone",
    "stripe_publishable_key": "pk_test_123",
    "stripe_js_url": "https://js.stripe.com/v3/",
}


senders: list[Celery] = []


@pytest.fixture(autouse=True)
def closed_senders() -> Iterator[None]:
    """Closes the connections.

    Otherwise, they would raise warnings in a later test when they are garbage collected.
    """
    yield
    while senders:
        senders.pop().close()


Kind = TypeVar("Kind", bound=FromEnvironment)


@cache
def read_settings(kind: type[Kind], **values: str) -> Kind:
    """Reads the settings once for all tests, because reading them takes 5 ms."""
    return kind(**values)


def wired(engine: Engine, redis_url: str, **settings: str) -> PageDependencies:
    """Returns dependencies connected to the test's servers; `settings` override the defaults in SETTINGS."""
    pool = sessions(engine)
    at = read_settings(RedisSettings, redis_url=redis_url, redis_timeout_seconds=str(REDIS_PATIENCE_SECONDS))
    web = read_settings(WebSettings, **(SETTINGS | settings))
    senders.append(celery_client(at))
    return PageDependencies(web, pool, Transactions(pool, Publisher(senders[-1])), rate_limits=at)


class Compiled(BytecodeCache):
    """Caches compiled templates for all applications of this process.

    Compilation takes most of the time of the first requests.
    """

    def __init__(self) -> None:
        self.code: dict[str, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get(f"{bucket.key} {bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[f"{bucket.key} {bucket.checksum}"] = bucket.code


COMPILED = Compiled()


def create_app(wiring: PageDependencies) -> Flask:
    """Creates an application. All applications share their compiled templates."""
    app = dashboard_app.create_app(wiring)
    app.jinja_env.bytecode_cache = COMPILED
    return app


SHARED: dict[WebSettings, Flask] = {}


def shared_app(wiring: PageDependencies) -> Flask:
    """Returns one application for all tests with the same settings, because creating an application takes 100 ms."""
    app = SHARED.get(wiring.settings) or create_app(wiring)
    SHARED[wiring.settings] = app
    app.extensions["dependencies"] = wiring
    event_streams.install(app)  # The previous test may have closed the connection.
    return app


@pytest.fixture
def app(engine: Engine, redis_url: str) -> Flask:
    return shared_app(wired(engine, redis_url))


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    """A browser. Call `app.test_client()` for another browser."""
    return app.test_client()


class PagesHandler(QuietHandler):
    """Keeps in `server.idle` the connections on which no request has begun.

    Browsers open such connections in advance.
    """

    def handle_one_request(self) -> None:
        self.server.idle.add(self.connection)  # type: ignore[attr-defined]
        if self.server.ends:  # type: ignore[attr-defined]
            self.close_connection = True
        else:
            super().handle_one_request()

    def parse_request(self) -> bool:
        self.server.idle.discard(self.connection)  # type: ignore[attr-defined]
        return super().parse_request()

    def finish(self) -> None:
        self.server.idle.discard(self.connection)  # type: ignore[attr-defined]
        super().finish()


@contextmanager
def serving_pages(app: Flask, listener: socket.socket) -> Iterator[None]:
    """Serves the application over HTTP on loopback."""
    server = make_server(
        *listener.getsockname(), app, threaded=True, request_handler=PagesHandler, fd=listener.fileno()
    )
    server.idle, server.ends = set(), False  # type: ignore[attr-defined]
    # Waits for requests in progress, because the database will be emptied.
    server.daemon_threads = False
    with on_a_thread(server):
        try:
            yield
        finally:
            if "live_updates" in app.extensions:
                app.extensions["live_updates"].close()
            server.shutdown()
            server.ends = True  # type: ignore[attr-defined]
            for connection in tuple(server.idle):  # type: ignore[attr-defined]
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


Listeners = tuple[socket.socket, socket.socket]


@pytest.fixture(scope="session")
def listeners() -> Iterator[Listeners]:
    """The sockets of the pages and the sandbox.

    Their ports are the same in all tests, because a window keeps the address with which it was opened.
    """
    with socket.create_server(("127.0.0.1", 0)) as pages, socket.create_server(("127.0.0.1", 0)) as sandbox:
        yield pages, sandbox


def address_of(listener: socket.socket) -> str:
    return "http://{}:{}".format(*listener.getsockname())


@pytest.fixture
def site(engine: Engine, redis_url: str, stripe_client: StripeClient, listeners: Listeners) -> Iterator[str]:
    """Serves the pages with the sandbox's card form, and yields their address."""
    address, script = map(address_of, listeners)
    wiring = wired(engine, redis_url, app_url=address, stripe_js_url=f"{script}/stripe.js")
    with serving_pages(shared_app(wiring), listeners[0]):
        yield address


@pytest.fixture
def stripe_client(tmp_path: Path, listeners: Listeners) -> Iterator[StripeClient]:
    """A Stripe client connected to the sandbox."""
    pages, address = map(address_of, listeners)
    environment = of_a_sandbox(tmp_path / "sandbox", pages, url=address)
    with opened_sandbox(environment) as app, serving_pages(app, listeners[1]):
        yield StripeClient(STRIPE_KEY, base_addresses={"api": address})


PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}


@contextmanager
def window(browser: Browser, site: str, **looks: Any) -> Iterator[Page]:
    """A browser window that fails the test after a script error or when the content policy blocks something.

    Opening a window takes a second of processor time. Therefore tests with the same size and theme share a window,
    from which the cookies are removed. After a failure, and after a test that opened other pages, the next test gets
    a new window.
    """
    with kept_page(browser, base_url=site, **STILL, **looks) as page, without_complaints(page):
        yield page


@contextmanager
def own_window(browser: Browser, site: str, **looks: Any) -> Iterator[Page]:
    """A window for a test that changes a state that cannot be reset, such as the clock of its pages."""
    with patient_context(browser, base_url=site, **STILL, **looks) as context:
        page = context.new_page()
        with without_complaints(page):
            yield page


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    """Ana's phone, with a small screen in dark mode."""
    with window(browser, site, **PHONE) as page:
        yield page


@pytest.fixture
def wide_screen(browser: Browser, site: str) -> Iterator[Page]:
    """A large screen in light mode."""
    with window(browser, site, **DESK) as page:
        yield page
