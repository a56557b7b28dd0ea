"""The base class of the embedded servers: one process that can be stopped without data loss."""

import abc
import signal
import subprocess
from pathlib import Path
from typing import ClassVar, Self

from cli.local.servers.server_process import end


class EmbeddedServer(abc.ABC):
    """Keeps all files in `folder`. The port stays the same for the lifetime of this object."""

    name: ClassVar[str]
    # The signals that stop the server without data loss, in order, each with a timeout in seconds.
    endings: ClassVar[tuple[tuple[signal.Signals, float], ...]]

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = log or self.folder / "server.log"
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """The address for clients, available after the start."""

    @abc.abstractmethod
    def start(self) -> Self:
        """Starts the server and returns when it accepts connections. Raises DidNotStartError."""

    @property
    def pid(self) -> int:
        """The pid of the server's first process, available after the start."""
        if self.process is None:
            raise RuntimeError(f"{self.name} has no pid before it is started")
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stops the server, which writes committed data to disk before it exits."""
        if self.process is not None:
            end(self.process, *self.endings)
