"""The proxies in deploy/proxies use the other host if a host does not respond or refuses connections."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from cli.local.servers.free_ports import LOOPBACK, free_port
from tests.deploy.proxies import PROXIES, Proxy

SECONDS = 10
"""The longest response. The examples wait two seconds for a connection, and Twilio waits 15 s for a response."""
REQUESTS, CLIENTS = 12, 4
pytestmark = pytest.mark.long


class Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""


@contextmanager
def responding() -> Iterator[int]:
    with ThreadingHTTPServer((LOOPBACK, 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent() -> Iterator[int]:
    """A port that does not respond, like a host that is off: Linux drops connection requests to a full queue."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        port = listener.getsockname()[1]
        for _ in range(8):
            client = opened.enter_context(closing(socket.socket()))
            client.settimeout(0.5)
            if client.connect_ex((LOOPBACK, port)) != 0:
                break
        else:
            pytest.skip("this kernel does not drop connection requests to a full queue")
        yield port


@contextmanager
def refusing() -> Iterator[int]:
    yield free_port()


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("failed", [silent, refusing])
def test_the_other_host_answers_within_seconds(
    proxy: Callable[..., Iterator[Proxy]], failed: Callable[[], Iterator[int]], tmp_path: Path
) -> None:
    with ExitStack() as opened:
        ports = [opened.enter_context(one()) for one in (failed, responding)]
        running = opened.enter_context(proxy(tmp_path, ports))
        with ThreadPoolExecutor(CLIENTS) as threads:
            answers = list(threads.map(lambda n: _sends(running, "POST" if n % 2 else "GET"), range(REQUESTS)))
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < SECONDS


def _sends(proxy: Proxy, method: str) -> tuple[int, float]:
    began = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(
            method, f"{proxy.url}/api/twilio/inbound", data={"Body": "YES"}, verify=str(proxy.ca), timeout=30
        )
    return answer.status_code, time.monotonic() - began
