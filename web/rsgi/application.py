"""The RSGI application that Granian runs in place of a WSGI application."""

import asyncio
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

from web.rsgi.bodies import (
    BodyLimit,
    Buffers,
    CutShortError,
    Incoming,
    NoLengthError,
    OnDemand,
    OverloadedError,
    TooSlowError,
    discard,
)
from web.rsgi.environ import environ_of
from web.rsgi.protocol import Exchange, Scope
from web.rsgi.responding import respond

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 96
"""The maximum number of concurrent requests. Up to 64 open event streams occupy one thread each."""

LimitOf = Callable[[str, str], BodyLimit]
"""Returns the limit for a method and path."""

Refusal = tuple[list[tuple[str, str]], bytes]
"""The headers and the body."""
RefusalOf = Callable[[str, int], Refusal]
"""Returns the error response for a path and a status."""

Body = tuple[io.IOBase, int]

REFUSALS: dict[type[Exception], int] = {
    NoLengthError: 411,
    TooSlowError: 408,
    CutShortError: 400,
    OverloadedError: 503,
}


def plain_refusal(path: str, status: int) -> Refusal:
    """Returns the error as JSON."""
    return [("content-type", "application/json")], json.dumps({"error": HTTPStatus(status).phrase}).encode()


class WsgiOverRsgi:
    """The RSGI application.

    Calls `starting` in the main thread, before the first request and after Granian has set its signal handlers.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        *,
        limit_of: LimitOf,
        refusal_of: RefusalOf = plain_refusal,
        starting: Callable[[], None] | None = None,
    ) -> None:
        self.application, self._limit_of, self._starting = application, limit_of, starting
        self._refusal_of = refusal_of
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._buffers = Buffers()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        if self._starting is not None:
            self._starting()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.shutdown(wait=False)

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        incoming = Incoming(scope, exchange)
        limit = self._limit_of(scope.method, scope.path) if incoming.exists else BodyLimit()
        try:
            body, length = await self._body(incoming, limit)
        except tuple(REFUSALS) as error:
            status = REFUSALS[type(error)]
            _refuse(exchange, status, *self._refusal_of(scope.path, status))
        else:
            environ = environ_of(scope, body, length)
            await self._loop.run_in_executor(self._threads, respond, self.application, environ, exchange, self._loop)
            if incoming.exists and not incoming.complete:
                await discard(incoming)

    async def _body(self, incoming: Incoming, limit: BodyLimit) -> Body:
        """Returns the body for the application, and its CONTENT_LENGTH."""
        if incoming.in_chunks and limit.needs_length:
            raise NoLengthError
        if not incoming.exists or not limit.largest:
            return io.BytesIO(), 0
        if limit.on_demand:
            return OnDemand(incoming, self._loop), incoming.length
        if incoming.length > limit.largest:
            # The application rejects the body by its length, after authentication.
            return io.BytesIO(), incoming.length
        body = await self._buffers.whole(incoming, largest=limit.largest)
        return io.BytesIO(body), len(body)


def _refuse(exchange: Exchange, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    framing = [("content-length", str(len(body))), ("connection", "close")]
    exchange.response_bytes(status, [*headers, *framing], body)
