"""The system on real processes, made to be mistreated: `slots up`, with its two servers behind wires of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil

from cli.dotenv import read_dotenv
from cli.servers.postgres import Postgres
from cli.servers.process import bare_environment, end, spawn, tail, wait_until
from cli.servers.valkey import Valkey
from tests.chaos.wire import Wire
from tests.stories.town import Town, wait_for

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 120.0
# What tells the processes of `slots up` apart: a word of their command.
WORDS: Mapping[str, str] = {
    "web": "cli.web:create_app",
    "beat": "beat",
    "replies": "replies@%h",
    "offers": "offers@%h",
    "texts": "texts@%h",
    "payments": "payments@%h",
    "providers": "sandbox.app:create_app",
}
WORKERS = ("replies", "offers", "texts", "payments")


class Stage:
    """Use it from the main thread: what is started here dies with the thread that started it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # As in production, where a commit that was confirmed outlives the server's death.
        self.postgres = Postgres(folder / "postgres")
        self.valkey = Valkey(folder / "valkey")
        self.to_postgres, self.to_valkey = Wire(), Wire()
        self.up: subprocess.Popen[bytes] | None = None

    def start(self) -> Stage:
        """Returns when everything answers. Raises DidNotStartError."""
        self.to_postgres.start(_port(self.postgres.start().url))
        self.to_valkey.start(_port(self.valkey.start().url))
        data, log = self.folder / "up", self.folder / "up.log"
        data.mkdir(parents=True)
        self.up = spawn(
            [Path(sys.executable).with_name("slots"), "up", "--data", data, "--empty"],
            folder=ROOT,
            log=log,
            environment={
                **bare_environment(),
                "DATABASE_URL": _through(self.to_postgres, self.postgres.url),
                "REDIS_URL": _through(self.to_valkey, self.valkey.url),
                "TICK_SECONDS": "1",
            },
        )
        wait_until((data / "env").exists, self.up, name="slots up", log=log, seconds=STARTS_WITHIN_SECONDS)
        return self

    def stop(self) -> None:
        if self.up is not None:
            end(self.up, (signal.SIGTERM, 20))
        for server in (self.valkey, self.postgres):
            server.stop()
        for wire in (self.to_postgres, self.to_valkey):
            wire.stop()

    @property
    def town(self) -> Town:
        """As its people see it; the rows are read past the wires."""
        return Town(read_dotenv(self.folder / "up" / "env") | {"DATABASE_URL": self.postgres.url})

    def family(self, name: str) -> list[psutil.Process]:
        """The process of a service with all it has started, itself first; empty while it is being started again."""
        assert self.up is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.up.pid).children():
                if WORDS[name] in process.cmdline():
                    return [process, *process.children(recursive=True)]
        return []

    def answers(self) -> None:
        """Waits until `slots up` has brought back whatever was killed."""
        assert self.up is not None
        assert self.up.poll() is None, tail(self.folder / "up.log")
        wait_for(lambda: all(self.family(name) for name in WORDS), "every service to run", seconds=60)

    def empty_valkey(self) -> None:
        """Only while it is down."""
        shutil.rmtree(self.valkey.data)


@contextlib.contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """They exist, and do nothing."""
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
    """As the kernel does when memory runs out."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def everything_of(pid: int) -> list[psutil.Process]:
    """A server's first process and what it has started."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _through(wire: Wire, url: str) -> str:
    place = urlsplit(url)
    return urlunsplit(place._replace(netloc=place.netloc.replace(f":{place.port}", f":{wire.port}")))
