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
"""Before a worker that has died is forked again."""

LATER_IMPORTS = (
    *("celery.__main__", "celery.bin.celery", "celery.apps.worker", "celery.concurrency.thread"),
    *("celery.worker.autoscale", "worker.event_batches", "prometheus_client.exposition", "wsgiref.simple_server"),
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "twilio.rest.api", "httpcore", "h11"),
)
"""The modules that a worker would import after the fork, besides its tasks."""


def main() -> None:
    """Returns when all workers have ended after SIGTERM or SIGINT."""
    _import_everything()
    running: dict[int, Sequence[str]] = {}
    stopping: list[int] = []

    def stop(number: int, _: object) -> None:
        stopping.append(number)
        for pid in running:
            os.kill(pid, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for service in FORKED:
        running[_fork(service.command)] = service.command
    while running:
        pid, _ = os.wait()
        command = running.pop(pid)
        if not stopping:
            time.sleep(PAUSE_SECONDS)
        if not stopping:
            running[_fork(command)] = command


def _import_everything() -> None:
    """Nothing here opens a connection or starts a thread."""
    from worker.app import TASK_MODULES, app

    for module in (*TASK_MODULES, *LATER_IMPORTS):
        importlib.import_module(module)
    app.finalize()
    gc.collect()
    # The collector would write to these pages in each fork.
    gc.freeze()


def _fork(command: Sequence[str]) -> int:
    """The pid of the new worker. `command` is that of its service; the fork replaces `python -m celery`."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
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
