"""The proxies in deploy/proxies use the other host if a host does not respond or refuses connections."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from cli.local.servers.free_ports import LOOPBACK
from tests.deploy.proxies import FOLDER, PROXIES, Proxy
from tests.waiting import PATIENCE_SECONDS

LIMIT = re.compile(r"(?:proxy_connect_timeout|dial_timeout) (\d+)s")
TWILIO_WAITS_SECONDS = 15
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
    """A port that no other program can use, and on which nothing listens."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("failed", [silent, refusing])
def test_the_other_host_answers_if_one_does_not(
    proxy: Callable[..., Iterator[Proxy]], failed: Callable[[], Iterator[int]], tmp_path: Path
) -> None:
    with ExitStack() as opened:
        ports = [opened.enter_context(one()) for one in (failed, responding)]
        running = opened.enter_context(proxy(tmp_path, ports))
        with ThreadPoolExecutor(CLIENTS) as threads:
            statuses = list(threads.map(lambda n: _sends(running, "POST" if n % 2 else "GET"), range(REQUESTS)))
    assert set(statuses) == {200}


@pytest.mark.parametrize("example", ["nginx.conf", "Caddyfile"])
def test_the_wait_for_a_host_that_does_not_respond_is_short(example: str) -> None:
    """Twilio gives up a webhook after 15 s. By default, nginx waits for a minute."""
    (seconds,) = LIMIT.findall((FOLDER / example).read_text("utf-8"))
    assert 2 * int(seconds) < TWILIO_WAITS_SECONDS


def _sends(proxy: Proxy, method: str) -> int:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(
            method,
            f"{proxy.url}/api/twilio/inbound",
            data={"Body": "YES"},
            verify=str(proxy.ca),
            timeout=PATIENCE_SECONDS,
        )
    return answer.status_code
