"""Receives request bodies within limits on size, time and memory."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from web.rsgi.protocol import Exchange, Scope

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KIB = 1024

GRACE_SECONDS = 10.0
LEAST_RATE = 16 * KIB
"""The minimum rate after GRACE_SECONDS, in bytes per second."""

MOST_BUFFERED = 64 * KIB * KIB
"""The maximum size of unfinished bodies in memory, in bytes per process.

Above this limit, requests with a body are rejected.
"""

MOST_DISCARDED = 16 * KIB * KIB
DISCARD_SECONDS = 5.0


class NoLengthError(Exception):
    """The body has chunked encoding, but the route requires its length."""


class TooSlowError(Exception):
    """The body did not arrive at LEAST_RATE."""


class CutShortError(Exception):
    """The client disconnected before the body was complete."""


class OverloadedError(Exception):
    """Bodies in memory exceed MOST_BUFFERED."""


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The limits on request bodies for one route. `largest` is in bytes; 0 means that no body is read.

    `needs_length` rejects chunked encoding, because a truncated body could not be detected. With `on_demand`, the
    application is called first and reads the body itself, so that it can reject the body unread.
    """

    largest: int = 0
    needs_length: bool = False
    on_demand: bool = False


class Incoming:
    """The body of one request as it arrives."""

    def __init__(self, scope: Scope, exchange: Exchange) -> None:
        length = scope.headers.get("content-length")
        self.in_chunks = "transfer-encoding" in scope.headers
        self.length = int(length) if length and length.isdecimal() else 0
        self.received = 0
        self._exchange = exchange
        self._parts: AsyncIterator[bytes] | None = None
        self._began = 0.0

    @property
    def exists(self) -> bool:
        return self.in_chunks or self.length > 0

    @property
    def complete(self) -> bool:
        """Whether the body is known to be complete, which requires a known length."""
        return not self.in_chunks and self.received >= self.length

    async def part(self) -> bytes:
        """Returns the next bytes, or empty bytes at the end. Raises TooSlowError and CutShortError."""
        if self._parts is None:
            self._parts, self._began = aiter(self._exchange), asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self._began + GRACE_SECONDS + self.received / LEAST_RATE):
                part = await anext(self._parts)
        except StopAsyncIteration:
            part = b""
        except TimeoutError:
            raise TooSlowError from None
        self.received += len(part)
        if not part and not self.in_chunks and self.received < self.length:
            raise CutShortError
        return part


class Buffers:
    """Holds bodies in memory until they are complete. Each process has one instance, used only on its event loop."""

    def __init__(self) -> None:
        self._used = 0

    async def whole(self, incoming: Incoming, *, largest: int) -> bytes:
        """Returns the body, or the first `largest` + 1 bytes of a longer body.

        Raises the errors of `Incoming.part`, and OverloadedError.
        """
        parts: list[bytes] = []
        try:
            while incoming.received <= largest and not incoming.complete and (part := await incoming.part()):
                self._used += len(part)
                parts.append(part)
                if self._used > MOST_BUFFERED:
                    raise OverloadedError
        finally:
            self._used -= sum(map(len, parts))
        return b"".join(parts)[: largest + 1]


class OnDemand(io.RawIOBase):
    """The `wsgi.input` for a body that is received while the application reads it in a thread."""

    def __init__(self, incoming: Incoming, loop: asyncio.AbstractEventLoop) -> None:
        self._incoming, self._loop = incoming, loop
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Reads the next bytes into `buffer`. Raises Werkzeug's RequestTimeout and ClientDisconnected."""
        if not self._left and not self._incoming.complete:
            try:
                self._left = asyncio.run_coroutine_threadsafe(self._incoming.part(), self._loop).result()
            except TooSlowError:
                raise RequestTimeout from None
            except CutShortError:
                raise ClientDisconnected from None
        into = memoryview(buffer).cast("B")
        size = min(len(into), len(self._left))
        into[:size], self._left = self._left[:size], self._left[size:]
        return size


async def discard(incoming: Incoming) -> None:
    """Receives and discards an unread body.

    Otherwise, a client that is still sending when the connection closes would miss the response.
    """
    with suppress(TimeoutError, TooSlowError, CutShortError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while incoming.received < MOST_DISCARDED and not incoming.complete and await incoming.part():
                pass
