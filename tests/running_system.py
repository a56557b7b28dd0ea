"""A running `slots up`, started as users start it, for all tests that need the whole system."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import cached_property
from pathlib import Path

from cli.local.addresses import PIDS, USUAL_PORTS
from cli.local.dotenv import read_dotenv
from cli.local.kept_ports import keep_ports, kept_ports
from cli.local.servers.free_ports import free_port
from cli.local.servers.unprivileged import end_with_parent
from tests.live_system import LiveSystem
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]


class RunningSystem:
    """A running `slots up` without a shop, and its data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        if not kept_ports(data):
            # Another test process may start a system at the same time and occupy the default ports.
            data.mkdir(mode=0o700, exist_ok=True)
            keep_ports(data, {name: free_port() for name in USUAL_PORTS})
        self.process = start_slots("up", "--data", str(data), "--empty")

    def ready(self) -> RunningSystem:
        """Returns once every service is running."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]
        return self

    @property
    def env(self) -> dict[str, str]:
        return read_dotenv(self.data / "env")

    def pids(self, *names: str) -> list[int]:
        env = self.env
        return [int(pid) for name in names or PIDS for pid in env[name].split(",")]

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    @cached_property
    def live(self) -> LiveSystem:
        """Stays connected until the system stops, because a new connection would plan each statement again."""
        return LiveSystem(self.env)

    def stop(self) -> int:
        """Stops the system and returns its exit code."""
        if "live" in vars(self):
            self.live.leave()
        if self.runs:
            self.process.terminate()
        # This also closes the pipes of a process that has ended by itself.
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


def start_slots(*words: str) -> subprocess.Popen[str]:
    """Starts a command that runs its own servers. The command ends with this process."""
    given = ("DATABASE_URL", "REDIS_URL")
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", *words],
        env={name: value for name, value in os.environ.items() if name not in given}
        | {"PYTHONPATH": str(ROOT), "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: end_with_parent(signal.SIGTERM),
    )
