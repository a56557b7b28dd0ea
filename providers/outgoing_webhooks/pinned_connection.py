"""HTTP connections to a checked address, with a deadline for the whole exchange."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from providers.allowed_addresses import (
    Address,
    Destination,
    require_allowed,
    resolve,
)

CONNECT_SECONDS = 5.0
"""The timeout for each of several addresses, so that the next address can be tried."""


@cache
def _tls() -> ssl.SSLContext:
    """Returns a TLS context with the system's certificate authorities."""
    return ssl.create_default_context()


class Deadline:
    """Limits the time for a whole exchange. Without a limit, a receiver that sends single bytes could keep a
    connection open.
    """

    def __init__(self) -> None:
        self._at = time.monotonic()

    def start(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Returns the remaining seconds. Raises TimeoutError if the deadline has passed."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class DeadlineReader(io.RawIOBase):
    """Reads from a socket until the deadline."""

    def __init__(self, raw: Any, opened: socket.socket, deadline: Deadline) -> None:
        self._raw, self._opened, self._deadline = raw, opened, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._opened.settimeout(self._deadline.left())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class DeadlineSocket:
    """Implements the part of a socket that http.client uses."""

    def __init__(self, opened: socket.socket, deadline: Deadline) -> None:
        self._opened, self._deadline = opened, deadline

    def sendall(self, data: bytes) -> None:
        self._opened.settimeout(self._deadline.left())
        self._opened.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(
            DeadlineReader(self._opened.makefile(mode, buffering=0), self._opened, self._deadline)  # type: ignore[call-overload]
        )

    def close(self) -> None:
        self._opened.close()


class PinnedConnection(http.client.HTTPConnection):
    """Connects to an allowed address of the destination. Uses the destination's name for TLS and in the Host header.

    Never follows a redirect and uses no proxy.
    """

    def __init__(self, destination: Destination, deadline: Deadline, *, allow_loopback: bool) -> None:
        super().__init__(destination.host, destination.port)
        self.destination = destination
        self.deadline = deadline
        self._allow_loopback = allow_loopback

    def connect(self) -> None:
        """Connects. Raises AddressNotAllowedError or OSError (including TimeoutError and ssl.SSLError)."""
        addresses = resolve(self.destination, allow_loopback=self._allow_loopback)
        opened = self._open(addresses)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.destination.secure:
                opened.settimeout(self.deadline.left())
                opened = _tls().wrap_socket(opened, server_hostname=self.destination.host)
        except BaseException:
            opened.close()
            raise
        self.sock: Any = DeadlineSocket(opened, self.deadline)

    def _open(self, addresses: Sequence[Address]) -> socket.socket:
        *others, last = addresses[:3]
        for address in others:
            try:
                return self._open_one(address, min(CONNECT_SECONDS, self.deadline.left()))
            except OSError:
                continue
        return self._open_one(last, self.deadline.left())

    def _open_one(self, address: Address, seconds: float) -> socket.socket:
        # This is the last check before connecting, on the address that is actually used.
        require_allowed(address, allow_loopback=self._allow_loopback)
        return socket.create_connection((str(address), self.destination.port), timeout=seconds)
