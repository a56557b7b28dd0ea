"""Runs a process of `slots up` as a fork of the supervisor, to share the memory of imported code."""

import importlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.local.servers.server_process import POLL_SECONDS
from cli.local.servers.unprivileged import LIBC, end_with_parent
from telemetry import garbage_collection

HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""The signals that only the supervisor handles."""

M_ARENA_MAX = -8
"""From glibc's malloc.h. This parameter of mallopt replaces the variable MALLOC_ARENA_MAX, which glibc reads before a
fork could set it.
"""
ARENAS = 2

MODULES = (
    "billiard.pool",
    "celery.app.log",
    "celery.app.trace",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.autoscale",
    "celery.worker.state",
    "celery.worker.strategy",
    "cryptography.fernet",
    "flower.command",
    "granian.cli",
    "granian.server",
    "h11",
    "httpcore",
    "prometheus_client.exposition",
    "providers.email.resend",
    "psycopg",
    "sandbox.app",
    "sqlalchemy.dialects.postgresql.psycopg",
    "twilio.rest.api",
    "web.app",
    "worker.beat.leased_scheduler",
    "worker.event_batches",
    "wsgiref.simple_server",
)
"""The modules that the processes need in addition to the workers' task modules."""


def import_everything(environment: Mapping[str, str]) -> None:
    """Imports the code of all forks with the given environment. Opens no connections and starts no threads.

    Raises SettingsError.
    """
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        from sqlalchemy.orm import configure_mappers

        from worker.app import TASK_MODULES, app

        for module in (*TASK_MODULES, *MODULES):
            importlib.import_module(module)
        app.finalize()
        configure_mappers()
    finally:
        _replace_environment(before)
    garbage_collection.exclude_imported()


class ForkedProcess:
    """Runs `command`, which is `python -m MODULE ARGUMENT...`, in a fork.

    Call this from the main thread while no other thread runs. The fork runs in its own session, as in `spawn`. The
    fork has the given environment, but its memory still contains the settings of the other processes.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        when_parent_dies: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command = command
        self.returncode: int | None = None
        log.parent.mkdir(parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        # Without this, a signal to the new fork could run the supervisor's handler.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        with log.open("ab") as output:
            self.pid = os.fork()
            if self.pid == 0:
                _run(command, folder, output.fileno(), environment, when_parent_dies)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)

    def poll(self) -> int | None:
        """Returns the exit code, which is negative for a signal, or None while the process is running."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float = float("inf")) -> int:
        """Waits for the exit code. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(self.command, timeout)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Sends the signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    command: Sequence[str],
    folder: Path,
    output: int,
    environment: Mapping[str, str],
    when_parent_dies: signal.Signals,
) -> None:
    """Runs the command and exits. The fork must never return to the supervisor's code."""
    code = 1
    try:
        _leave_the_supervisor(folder, output, environment, when_parent_dies)
        _, _, module, *arguments = command
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:  # noqa: BLE001 - reported as the interpreter would report it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _leave_the_supervisor(
    folder: Path, output: int, environment: Mapping[str, str], when_parent_dies: signal.Signals
) -> None:
    os.setsid()
    end_with_parent(when_parent_dies)
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode, buffering=1) for number, mode in enumerate("rww"))
    os.chdir(folder)
    _replace_environment(environment)
    tempfile.tempdir = environment.get("TMPDIR")
    if hasattr(LIBC, "mallopt"):
        LIBC.mallopt(M_ARENA_MAX, ARENAS)
    for number in HANDLED:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def _replace_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _exit_code(end: SystemExit) -> int:
    """Returns the exit code. Like the Python interpreter, writes any other value to stderr and returns 1."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1
