"""Starts processes of the product as an operator would."""

import contextlib
import os
import signal
import subprocess

from cli.local.servers.free_ports import free_port
from tests.deploy.files import ROOT
from tests.servers import patient
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS, wait_for


class Started:
    """A started process that writes its output to a file.

    The time limits of its Postgres and Redis are longer than in production, because the machine may be busy.
    """

    def __init__(self, command, environment, folder):
        self.port = free_port()
        self.log = folder / f"log-{self.port}"
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
        variables |= {"REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS)}
        if url := environment.get("DATABASE_URL"):
            environment = environment | {"DATABASE_URL": patient(url)}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [word.replace("{port}", str(self.port)).replace("{folder}", str(folder)) for word in command],
                env=variables | environment,
                cwd=folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def refuses(self):
        """Waits until the process exits with an error, and returns its output."""
        assert self.process.wait(PATIENCE_SECONDS) != 0
        return self.log.read_text(errors="replace")

    def says(self, sign):
        """Waits until the output contains `sign`, then returns the output."""
        wait_for(lambda: sign in self.log.read_text(errors="replace"), f"it to say {sign!r}")
        return self.log.read_text(errors="replace")

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)
