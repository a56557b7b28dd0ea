"""Runs the workers of `slots up` as forks of this process, which share the memory of the code that it has imported.

`python -m cli.local.forked_workers`. A worker that dies is forked again; all end with this process.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence

from cli.local.servers.unprivileged import end_with_parent
from cli.local.services import CELERY, FORKED

PAUSE_SECONDS = 0.5
"""Seconds before a worker that has died is forked again."""

ENDING = (signal.SIGTERM, signal.SIGINT)

LATER_IMPORTS = (
    *("celery.__main__", "celery.bin.celery", "celery.apps.worker", "celery.concurrency.thread"),
    *("celery.app.log", "celery.app.trace", "celery.worker.state", "celery.worker.strategy", "billiard.pool"),
    *("celery.worker.autoscale", "worker.event_batches", "prometheus_client.exposition", "wsgiref.simple_server"),
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "twilio.rest.api", "httpcore", "h11"),
)
"""The modules, besides its tasks, that a worker would otherwise import after the fork."""


class _Workers:
    """The running workers by pid, each with the command of its service."""

    def __init__(self) -> None:
        self.running: dict[int, Sequence[str]] = {}
        self.stopping = False

    def stop(self, *_: object) -> None:
        """Handles the signals that end this process."""
        self.stopping = True
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)

    def start(self, command: Sequence[str]) -> None:
        """Forks a worker, unless all workers are being stopped."""
        # A signal between the fork and its recording would miss the new worker or run `stop` in it.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        if not self.stopping:
            self.running[_fork(command)] = command
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def keep(self) -> None:
        """Forks workers that die again. Returns when all have ended."""
        while self.running:
            pid, _ = os.wait()
            command = self.running.pop(pid)
            if not self.stopping:
                time.sleep(PAUSE_SECONDS)
            self.start(command)


def main() -> None:
    """Returns when all workers have ended after SIGTERM or SIGINT."""
    _import_everything()
    workers = _Workers()
    for number in ENDING:
        signal.signal(number, workers.stop)
    for service in FORKED:
        workers.start(service.command)
    workers.keep()


def _import_everything() -> None:
    """Imports all modules. None of them opens a connection or starts a thread."""
    from sqlalchemy.orm import configure_mappers

    from worker.app import TASK_MODULES, app

    for module in (*TASK_MODULES, *LATER_IMPORTS):
        importlib.import_module(module)
    app.finalize()
    configure_mappers()
    gc.collect()
    # The garbage collector would otherwise write to these memory pages in each fork.
    gc.freeze()


def _fork(command: Sequence[str]) -> int:
    """Returns the pid of the new worker.

    `command` is the command of its service; the fork replaces `python -m celery`.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        end_with_parent(signal.SIGTERM)
        sys.argv = ["celery", *command[CELERY.index("-A") :]]
        from celery.__main__ import main as celery

        celery()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
