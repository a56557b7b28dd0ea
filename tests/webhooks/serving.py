"""The web process as `slots up` runs it, and plain TCP connections to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator

from cli.local.local_services import WEB_SERVER
from cli.local.servers.free_ports import free_port
from tests import credentials
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS, answers, wait_for
from tests.webhooks import callers


@contextlib.contextmanager
def web_process(**settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Starts the web process. Yields its address and its main process."""
    port = free_port()
    known = {
        "APP_URL": callers.APP_URL,
        "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS),
        **credentials.OF_THE_PROVIDERS,
        **credentials.OF_THE_CALLERS,
    }
    command = [*WEB_SERVER, "--port", str(port), "web.app:create_app"]
    process = subprocess.Popen(
        command, env=os.environ | known | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{url}/healthz"), "the web process to answer")
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


@contextlib.contextmanager
def connection_to(url: str, *, timeout: float = 30) -> Iterator[socket.socket]:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as connection:
        yield connection


def response_of(connection: socket.socket) -> bytes:
    """Returns all bytes received until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            received += part
    return received
