"""Restarts processes that die, and keeps the pids in the env file up to date."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cli.local.data_folder import DISK_FULL
from cli.local.servers.start_errors import DidNotStartError
from cli.local.supervised_process import Child
from cli.local.system import System
from cli.progress import say

POLL_SECONDS = 0.2
ENV_FILE_SECONDS = 1.0
# The delays, in seconds, before successive restarts of a process that keeps dying.
# A minute without a crash resets the sequence.
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
FORGIVEN_AFTER_SECONDS = 60.0


@dataclass
class RestartRecord:
    """The number of consecutive crashes of a process, and the monotonic time of the next start, in seconds."""

    deaths: int = 0
    last_death: float = 0.0
    start_at: float | None = None

    def note_death(self, now: float) -> None:
        if now - self.last_death > FORGIVEN_AFTER_SECONDS:
            self.deaths = 0
        self.start_at = now + PAUSES[min(self.deaths, len(PAUSES) - 1)]
        self.deaths, self.last_death = self.deaths + 1, now


class Supervisor:
    """Call `round` repeatedly from the main thread. `round` returns quickly unless a server must be restarted."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.records: dict[str, RestartRecord] = {}
        self.silent: set[Child] = set()
        self.write_at = 0.0
        self.env_file_is_old = False

    def round(self) -> None:
        for pid_name, server in self.system.servers.items():
            self._keep_alive(server.name, server.running, partial(self._start_server, pid_name))
        for child in self.system.children:
            self._keep_alive(child.name, child.running, partial(self._start_child, child))
        for child in [child for child in self.silent if child.answers()]:
            self.silent.remove(child)
            say(f"{child.name} responds again")
        if time.monotonic() >= self.write_at:
            self.write_at = time.monotonic() + ENV_FILE_SECONDS
            self._write_env_file()

    def _keep_alive(self, name: str, running: bool, start: Callable[[], None]) -> None:
        if running:
            return
        now, record = time.monotonic(), self.records.setdefault(name, RestartRecord())
        if record.start_at is None:
            record.note_death(now)
            say(f"{name} died; restarting it")
        if record.start_at is not None and now >= record.start_at:
            record.start_at = None
            start()

    def _start_server(self, pid_name: str) -> None:
        try:
            self.system.start_server(pid_name)
        except DidNotStartError as why:
            say(str(why))

    def _start_child(self, child: Child) -> None:
        child.end(time.monotonic())  # leftover child processes
        try:
            child.start()
        except OSError as why:
            if why.errno not in DISK_FULL:
                raise
            say(f"{child.name} can't be started: {why.strerror}")
        else:
            self.silent.add(child)

    def _write_env_file(self) -> None:
        """Tries again in the next round if the disk is full, because the running processes need no env file."""
        try:
            self.system.write_env_file(silent=self.silent)
        except OSError as why:
            if why.errno not in DISK_FULL:
                raise
            if not self.env_file_is_old:
                say(f"{self.system.env_file} can't be written: {why.strerror}")
            self.env_file_is_old = True
        else:
            self.env_file_is_old = False
