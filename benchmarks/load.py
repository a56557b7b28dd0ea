"""Generates load on a web server over persistent connections: as fast as possible, or at a fixed rate."""

import gc
import itertools
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECTIONS = 16
IDLE_SECONDS = 2.0
"""A connection that would wait longer for its next request is opened again, because the server may close it."""


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of a POST, prepared before the measurement."""

    wire: bytes


def post(url: str, path: str, body: bytes, headers: dict[str, str]) -> Request:
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    return Request("\r\n".join([*lines, "", ""]).encode() + body)


class LoadConnection:
    """A persistent connection on a plain socket. A slower client would distort the measurement."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._socket = socket.create_connection((place.hostname or "", place.port or 80), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: Request) -> int:
        """Sends a request and reads the whole response; returns its status."""
        self._socket.sendall(request.wire)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._received()
        missing = _length(answer[:end]) - (len(answer) - end - 4)
        while missing > 0:
            missing -= len(self._received())
        return int(answer[9:12])

    def _received(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server hung up")
        return part

    def close(self) -> None:
        self._socket.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of a load test: the rate in requests per second, and the milliseconds of each request.

    `began` is the Unix time at which the first request was due.
    """

    rate: float
    milliseconds: Sequence[float]
    statuses: frozenset[int]
    began: float


def as_fast_as_possible(url: str, requests: Sequence[Request], *, seconds: float) -> Answered:
    """Sends requests for `seconds`. A connection sends its next request when the previous response has arrived."""
    waiting: Iterator[Request] = iter(requests)
    end = time.perf_counter() + seconds
    return _drive(
        url, ((0.0, request) for request in itertools.takewhile(lambda _: time.perf_counter() < end, waiting))
    )


def at_a_rate(url: str, requests: Sequence[Request], *, rate: float) -> Answered:
    """Sends requests at a fixed rate, regardless of how long responses take.

    The latency of a request starts when the request is due.
    """
    began = time.perf_counter()
    return _drive(url, ((began + number / rate, request) for number, request in enumerate(requests)))


def _drive(url: str, scheduled: Iterator[tuple[float, Request]]) -> Answered:
    taking, done = threading.Lock(), queue.SimpleQueue[tuple[float, int]]()

    def take() -> tuple[float, Request] | None:
        with taking:
            return next(scheduled, None)

    def work() -> None:
        connection = LoadConnection(url)
        while (taken := take()) is not None:
            due, request = taken
            if (early := due - time.perf_counter()) > IDLE_SECONDS:
                connection.close()
                time.sleep(early - IDLE_SECONDS)
                connection = LoadConnection(url)
            if (early := due - time.perf_counter()) > 0:
                time.sleep(early)
            began = due or time.perf_counter()
            status = connection.send(request)
            done.put(((time.perf_counter() - began) * 1000, status))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    # A collection in this process would delay requests, and the delay would look like that of the server.
    gc.disable()
    began, wall = time.perf_counter(), time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    gc.enable()
    results = [done.get() for _ in range(done.qsize())]
    return Answered(len(results) / took, [ms for ms, _ in results], frozenset(status for _, status in results), wall)
