"""Calls the WSGI application in a thread and sends its response."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from web.rsgi.protocol import Exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

SEND_SECONDS = 30.0
"""The timeout for a client that does not read the next part of a stream, in seconds."""

WITHOUT_BODY = frozenset({204, 304})
Head = tuple[int, list[tuple[str, str]]]


def respond(
    application: "WSGIApplication",
    environ: "WSGIEnvironment",
    exchange: Exchange,
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Sends the response as a whole if its length is known. Otherwise, streams the response."""
    heads: list[Head] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        heads.append((int(status[:3]), headers))
        return _write

    parts = application(environ, start_response)
    try:
        status, headers = heads[-1]
        if _is_whole(environ["REQUEST_METHOD"], status, headers):
            exchange.response_bytes(status, headers, b"".join(parts))
        else:
            _stream(parts, exchange, (status, headers), loop)
    finally:
        if close := getattr(parts, "close", None):
            close()


def _is_whole(method: str, status: int, headers: list[tuple[str, str]]) -> bool:
    return method == "HEAD" or status in WITHOUT_BODY or any(name.lower() == "content-length" for name, _ in headers)


def _stream(parts: Iterable[bytes], exchange: Exchange, head: Head, loop: asyncio.AbstractEventLoop) -> None:
    stream = exchange.response_stream(*head)

    async def send(part: bytes) -> None:
        await stream.send_bytes(part)

    for part in parts:
        sending = asyncio.run_coroutine_threadsafe(send(part), loop)
        try:
            sending.result(SEND_SECONDS)
        except Exception:  # noqa: BLE001 - the client disconnected or does not read; Granian raises several errors
            sending.cancel()
            return


def _write(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 3333 is not supported")
