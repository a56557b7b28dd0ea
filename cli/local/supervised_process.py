"""A supervised process and its descendants, in a separate session."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from cli.local.forked_process import ForkedProcess
from cli.local.local_services import LocalService
from cli.local.servers.leftover_processes import kill_all
from cli.local.servers.server_process import bare_environment, spawn

# Services run in other folders but must be able to import this code.
SAME_CODE = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(Path(__file__).resolve().parents[2]))))
Sessions = Mapping[int, Sequence[int]]


class Child:
    """Runs a service's command in `folder`, which only this process uses and which is emptied at each start.

    `settings` fill in the command and the environment.
    """

    def __init__(self, service: LocalService, settings: Mapping[str, str], *, folder: Path, log: Path) -> None:
        self.service = service
        self.settings = settings
        self.folder = folder
        self.log = log
        self.process: subprocess.Popen[bytes] | ForkedProcess | None = None

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        # This removes the pid file and temporary files of a killed run.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.process = (ForkedProcess if self.service.forked else spawn)(
            [part.format_map(self.settings) for part in self.service.command],
            folder=self.folder,
            log=self.log,
            when_parent_dies=self.service.when_parent_dies,
            environment={
                **bare_environment(),
                "PYTHONPATH": SAME_CODE,
                "TMPDIR": str(self.folder),
                # Without this limit, the allocator would create many arenas and never free their memory.
                "MALLOC_ARENA_MAX": "2",
                **{name: self.settings[name] for name in self.service.sees & self.settings.keys()},
            },
        )

    def answers(self) -> bool:
        return self.process is not None and self.service.ready(self.settings, self.process.pid)

    def pids(self, sessions: Sessions) -> Sequence[int]:
        """Returns the pid of the process, followed by the pids of its descendants."""
        return sessions.get(self.process.pid, ()) if self.process is not None else ()

    def ask_to_end(self) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Waits for the process until the monotonic deadline, then kills it and its descendants."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # A Granian worker keeps serving after its main process is killed.
        kill_all(_processes(self.pids(sessions_now())), seconds=1)


def sessions_now() -> Sessions:
    """Returns the pids of this machine by session."""
    sessions: dict[int, list[int]] = {}
    for pid in sorted(psutil.pids()):
        try:
            sessions.setdefault(os.getsid(pid), []).append(pid)
        except OSError:
            continue
    return sessions


def _processes(pids: Iterable[int]) -> list[psutil.Process]:
    processes = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    return processes
