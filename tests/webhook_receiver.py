"""Receives webhooks on this machine in place of a shop's own system, and responds as the test specifies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from standardwebhooks import Webhook


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Returns the content after a successful verification. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Answer:
    status: int | None = 200
    """None closes the connection without a response."""
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0
    """Seconds before the response. The wait ends early when the receiver is closed."""


Behaviour = Callable[[Received], Answer]


@dataclass
class Receiver:
    url: str
    received: list[Received] = field(default_factory=list)
    behaviour: Behaviour = lambda _: Answer()
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]


class Handler(BaseHTTPRequestHandler):
    """Handles the connections of one receiver. A subclass sets the receiver."""

    receiver: ClassVar[Receiver]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.receiver.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        one = Received(self.path, headers, body)
        self.receiver.received.append(one)
        answer = self.receiver.behaviour(one)
        if answer.wait:
            self.receiver.closed.wait(answer.wait)
        if answer.status is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Suppresses the access log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Ignores errors from senders that close the connection."""


@contextmanager
def receiver(behaviour: Behaviour = lambda _: Answer()) -> Iterator[Receiver]:
    """Runs a receiver on a free port of 127.0.0.1."""
    made = Receiver("", behaviour=behaviour)
    server = Server(("127.0.0.1", 0), type("HandlerOfOne", (Handler,), {"receiver": made}))
    made.url = f"http://127.0.0.1:{server.server_address[1]}/hooks?shop=lou"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()
