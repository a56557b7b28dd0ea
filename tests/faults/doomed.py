"""Worker processes that are killed at a given step of one task.

Start the module with `python -m tests.faults.doomed`. For each worker, it reads one line of JSON, {"task", "row",
"kill_at", "halting", "clock"}, forks a worker that runs only this row, and prints {"steps": [...], "signal", "exit"}.
With kill_at, the worker sends itself SIGKILL at that step. With halting, the worker pauses at each step: the module
prints a line {"step"} and continues after a line on stdin. The forking process has no threads and no connections.
Only its children are killed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
import time_machine
from celery import Celery

from outbox.transactions import Publisher
from settings.worker import load_worker
from tests.faults.steps import watched
from worker import app, dependencies, task_run


def main() -> None:
    for module in app.TASK_MODULES:
        importlib.import_module(module)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    # No connection is open yet. Each worker opens its own connections.
    dependencies.use(dependencies._make(load_worker()))
    # Excludes the shared objects from garbage collection, which would copy their pages in each worker.
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


def _forked(order: dict[str, Any]) -> dict[str, Any]:
    (reader, writer), (gate, opener) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _work(order, writer, gate)
    os.close(writer)
    taken = []
    with os.fdopen(reader) as steps:
        for step in steps:
            taken.append(step.rstrip())
            if order["halting"]:
                print(json.dumps({"step": step.rstrip()}), flush=True)
                sys.stdin.readline()
                os.write(opener, b".")
    os.close(gate)
    os.close(opener)
    _, status = os.waitpid(pid, 0)
    return {
        "steps": taken,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    }


def _work(order: dict[str, Any], writer: int, gate: int) -> None:
    """Runs the task in the forked process, then exits without returning."""
    count = 0

    def step(name: str) -> None:
        nonlocal count
        os.write(writer, f"{name}\n".encode())
        if count == order["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if order["halting"]:
            os.read(gate, 1)
        count += 1

    code = 1
    try:
        ours = dependencies.dependencies()
        with time_machine.travel(timedelta(seconds=order["clock"]), tick=True):
            _connect(ours)
            with watched(ours.engine, ours.transactions.sessions, step):
                _run(order, ours)
        code = 0
    finally:
        os._exit(code)


def _connect(ours: dependencies.Dependencies) -> None:
    """Opens all connections in advance, so that connecting adds no steps."""
    dependencies.warm_up()
    ours.gates.redis.ping()
    publisher = ours.transactions.publisher
    assert isinstance(publisher, Publisher)
    celery = publisher._celery
    assert isinstance(celery, Celery)
    with celery.amqp.producer_pool.acquire(block=True) as producer, producer.channel.conn_or_acquire() as broker:
        broker.ping()


def _run(order: dict[str, Any], ours: dependencies.Dependencies) -> None:
    body = task_run.BODIES[order["task"]]
    if order["row"]:
        task_run.run_row(body, order["task"], UUID(order["row"]))
    else:
        body(task_run.TaskRun(None, ours))


if __name__ == "__main__":
    main()
