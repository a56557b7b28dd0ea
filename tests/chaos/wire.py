"""A TCP proxy in front of a server. It can delay, cut and refuse connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading

from cli.local.servers.free_ports import LOOPBACK, free_port

CHUNK = 1 << 16
# With a linger time of zero seconds, the peer's connection is reset instead of closed gracefully.
RESET = struct.pack("ii", 1, 0)


class Wire:
    """Forwards bytes between `port`, where clients connect, and the server's port.

    The methods can be called from any thread.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        """With `tls`, clients must use TLS. The proxy terminates TLS, so the server receives plain connections."""
        self._tls = tls
        self.port = free_port()
        self._server_port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="wire", daemon=True)
        self._listens = threading.Event()
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()

    def start(self, server_port: int) -> Wire:
        """Starts accepting clients. The server can be stopped and restarted later."""
        self._server_port = server_port
        self._thread.start()
        self._listens.wait()
        return self

    def stop(self) -> None:
        """Ends every connection and stops accepting new connections."""
        if self._listens.is_set():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    def hang(self) -> None:
        """Keeps old and new connections open without forwarding any bytes."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        """Forwards the delayed bytes and all bytes that arrive later."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def cut(self) -> None:
        """Resets every connection, drops the bytes in transit, and refuses new connections."""
        self._loop.call_soon_threadsafe(self._set_cut, True)

    def mend(self) -> None:
        """Accepts and forwards new connections again."""
        self._loop.call_soon_threadsafe(self._set_cut, False)
        self.flow()

    def _set_cut(self, cut: bool) -> None:
        self._cut = cut
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        for writer in self._open:
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()

    async def _serve(self) -> None:
        self._loop, self._flows, self._over = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._flows.set()
        async with await asyncio.start_server(self._connect, LOOPBACK, self.port):
            self._listens.set()
            await self._over.wait()
            self._set_cut(True)
            self._flows.set()
            # Waits until the event loop has closed the aborted transports.
            while self._open:
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._open.add(writer)
        with contextlib.suppress(OSError, EOFError):
            if not self._cut:
                await self._secure(reader, writer)
                from_server, to_server = await asyncio.open_connection(LOOPBACK, self._server_port)
                ends.append(to_server)
                self._open.add(to_server)
                await asyncio.gather(self._carry(reader, to_server), self._carry(from_server, writer))
        for end in ends:
            self._open.discard(end)
            end.transport.abort()

    async def _secure(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # With the argument `ssl` of `start_server`, a connection in its handshake would not be closed at the end.
        if self._tls:
            await writer.start_tls(self._tls)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            await self._flows.wait()
            target.write(data)
            await target.drain()
        # When one side closes its connection, the proxy also closes the connection to the other side.
        target.transport.abort()
