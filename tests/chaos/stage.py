"""Runs the system in real processes: `slots up`, which connects to Postgres and Valkey through proxies."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil

from cli.local.dotenv import read_dotenv
from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_valkey import Valkey
from cli.local.servers.server_process import bare_environment, end, spawn, tail, wait_until
from tests.chaos.wire import Wire
from tests.live_system import LiveSystem
from tests.waiting import PATIENCE_SECONDS, wait_for

ROOT = Path(__file__).parents[2]
# A word in the command of each process of `slots up`, by which the process is found.
WORDS: Mapping[str, str] = {
    "web": "web.app:create_app",
    "beat": "beat",
    "replies": "replies@%h",
    "sweeps": "sweeps@%h",
    "offers": "offers@%h",
    "texts": "texts@%h",
    "payments": "payments@%h",
    "providers": "sandbox.app:create_app",
    "Flower": "flower",
}
WORKERS = ("replies", "sweeps", "offers", "texts", "payments")


class ChaosSystem:
    """Runs the system. Use it only from the main thread, because processes end with the thread that started them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Only the servers are killed, never the machine. Written data therefore survives in the kernel without fsync.
        self.postgres = Postgres(folder / "postgres", settings={"fsync": "off", "full_page_writes": "off"})
        self.valkey = Valkey(folder / "valkey")
        self.to_postgres, self.to_valkey = Wire(), Wire()
        self.up: subprocess.Popen[bytes] | None = None

    def start(self) -> ChaosSystem:
        """Starts the system and returns once every service is running. Raises DidNotStartError."""
        self.to_postgres.start(_port(self.postgres.start().url))
        self.to_valkey.start(_port(self.valkey.start().url))
        data, log = self.folder / "up", self.folder / "up.log"
        data.mkdir(parents=True)
        self.up = spawn(
            [Path(sys.executable).with_name("slots"), "up", "--data", data, "--empty", "--separate-workers"],
            folder=ROOT,
            log=log,
            environment={
                **bare_environment(),
                "DATABASE_URL": _through(self.to_postgres, self.postgres.url),
                "REDIS_URL": _through(self.to_valkey, self.valkey.url),
                "TICK_SECONDS": "2",
            },
        )
        wait_until((data / "env").exists, self.up, name="slots up", log=log, seconds=PATIENCE_SECONDS)
        # Flower is suspended, because handling every event would take a tenth of two processor cores.
        for onlooker in self.family("Flower"):
            onlooker.suspend()
        return self

    def stop(self) -> None:
        if "live" in vars(self):
            self.live.leave()
        if self.up is not None:
            end(self.up, (signal.SIGTERM, 20))
        for server in (self.valkey, self.postgres):
            server.stop()
        for wire in (self.to_postgres, self.to_valkey):
            wire.stop()

    @cached_property
    def live(self) -> LiveSystem:
        """The running system as its users see it. Tests read its rows without the proxies."""
        up = self.folder / "up"
        own = {"DATABASE_URL": self.postgres.url, "SANDBOX_DIR": str(up / "sandbox")}
        return LiveSystem(read_dotenv(up / "env") | own)

    def family(self, name: str) -> list[psutil.Process]:
        """Returns the process of a service, followed by its descendants.

        Returns an empty list while the service restarts.
        """
        assert self.up is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.up.pid).children():
                if WORDS[name] in process.cmdline():
                    return [process, *process.children(recursive=True)]
        return []

    def answers(self) -> None:
        """Waits until `slots up` has restarted all killed processes."""
        assert self.up is not None
        assert self.up.poll() is None, tail(self.folder / "up.log")
        wait_for(lambda: all(self.family(name) for name in WORDS), "every service to run")

    def empty_valkey(self) -> None:
        """Deletes Valkey's data. Call it only while the server is stopped."""
        shutil.rmtree(self.valkey.data)


@contextlib.contextmanager
def suspended(processes: list[psutil.Process]) -> Iterator[None]:
    """Suspends the processes until the end of the block."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def kill(processes: list[psutil.Process]) -> None:
    """Kills the processes with SIGKILL, as the kernel does when memory runs out."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def everything_of(pid: int) -> list[psutil.Process]:
    """Returns the main process of a server and its descendants."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _through(wire: Wire, url: str) -> str:
    place = urlsplit(url)
    return urlunsplit(place._replace(netloc=place.netloc.replace(f":{place.port}", f":{wire.port}")))
