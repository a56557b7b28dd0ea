"""Runs servers on threads of this process: applications, the sandbox, and servers that tests define."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseServer
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import close, create_app, open_sandbox
from sandbox.sandbox_settings import read_settings
from tests import credentials
from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Server = TypeVar("Server", bound=BaseServer)


class QuietHandler(WSGIRequestHandler):
    """Writes no access log, and closes connections on which no request arrives for a long time."""

    timeout = PATIENCE_SECONDS

    def log(self, *_: Any) -> None:
        """Suppresses the access log."""


class KeepAliveHandler(QuietHandler):
    """Keeps connections open between requests."""

    protocol_version = "HTTP/1.1"
    timeout = None


@contextmanager
def on_a_thread(server: Server) -> Iterator[Server]:
    """Runs a server until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(
    app: WSGIApplication, *, port: int = 0, handler: type[WSGIRequestHandler] = QuietHandler
) -> Iterator[str]:
    """Serves the application on loopback, by default on a free port; yields its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=handler)
    server.daemon_threads = True
    with on_a_thread(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def serving_sandbox(
    folder: Path, app_url: str, *, handler: type[WSGIRequestHandler] = QuietHandler
) -> Iterator[tuple[Flask, str]]:
    """Serves a sandbox that sends its webhooks to `app_url`; yields its application and address."""
    with opened_sandbox(credentials.of_a_sandbox(folder, app_url)) as app, serving(app, handler=handler) as url:
        yield app, url


_unused: list[Flask] = []


@contextmanager
def opened_sandbox(environment: Mapping[str, str]) -> Iterator[Flask]:
    """Yields an application with its own data.

    Uses the routes of an earlier sandbox that is closed, because adding all routes takes 80 ms.
    """
    if _unused:
        app = _unused.pop()
        app.extensions["sandbox"] = open_sandbox(read_settings(environment))
    else:
        app = create_app(environment)
    try:
        yield app
    finally:
        close(app)
        _unused.append(app)
