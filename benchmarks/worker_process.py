"""Runs worker code in a separate process with the worker's environment, and counts its statements."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psutil

from benchmarks.sampling import sampled
from cli.local.local_services import WORKER

if TYPE_CHECKING:
    from worker.dependencies import Dependencies

T = TypeVar("T")


def run(settings: Mapping[str, str], function: Callable[..., T], *arguments: Any) -> T:
    """Runs `function(*arguments)` in a new process; function, arguments and result must be picklable."""
    environment = {name: settings[name] for name in WORKER & settings.keys()}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=_enter, initargs=(environment,)) as pool:
        return pool.submit(function, *arguments).result()


def _enter(environment: Mapping[str, str]) -> None:
    os.environ.update(environment)


def dependencies() -> Dependencies:
    """Returns the worker's dependencies in this process. Registers all tasks and logs only warnings."""
    from telemetry import logs
    from worker.app import TASK_MODULES
    from worker.dependencies import dependencies

    logs.configure(process="worker", level="ERROR")
    for module in TASK_MODULES:
        importlib.import_module(module)
    return dependencies()


def dependencies_without_broker() -> Dependencies:
    """Returns the worker's dependencies, with a publisher that sends no messages."""
    from dataclasses import replace

    from outbox.transactions import NoPublisher
    from worker.dependencies import use

    made = dependencies()
    return use(replace(made, transactions=replace(made.transactions, publisher=NoPublisher())))


@dataclass(slots=True)
class Growth:
    """The resident memory of this process during a block, in chronological order (MiB)."""

    seen: list[float] = field(default_factory=list)

    @property
    def megabytes(self) -> float:
        """Returns the growth in megabytes, ignoring the first tenth of the time, during which caches fill."""
        return max(self.seen) - self.seen[len(self.seen) // 10]


@contextmanager
def growing() -> Iterator[Growth]:
    """Samples the memory of this process fifty times a second while the block runs."""
    growth, me = Growth(), psutil.Process()
    with sampled(lambda: growth.seen.append(me.memory_info().rss / 2**20), every=0.02):
        yield growth


@dataclass(slots=True)
class Requests:
    """The number of HTTP requests sent in a `with` block."""

    number: int = 0


@contextmanager
def requests_counted() -> Iterator[Requests]:
    """Counts the requests of the library `requests`, and of `httpx`, which Square's SDK uses."""
    import httpx
    import requests

    counted, kept = Requests(), [(requests.Session, "send"), (httpx.Client, "send")]
    whole = [getattr(owner, name) for owner, name in kept]

    def counting(send: Callable[..., T]) -> Callable[..., T]:
        def sent(*args: Any, **more: Any) -> T:
            counted.number += 1
            return send(*args, **more)

        return sent

    for (owner, name), send in zip(kept, whole, strict=True):
        setattr(owner, name, counting(send))
    try:
        yield counted
    finally:
        for (owner, name), send in zip(kept, whole, strict=True):
            setattr(owner, name, send)


@dataclass(slots=True)
class Watched:
    """The number of statements and the duration of a block."""

    statements: int = 0
    milliseconds: float = 0.0


@contextmanager
def watched(made: Dependencies) -> Iterator[Watched]:
    """Counts statements, except BEGIN and COMMIT, and measures the duration of the block."""
    from sqlalchemy import event

    seen = Watched()

    def count(*_: object) -> None:
        seen.statements += 1

    event.listen(made.engine, "before_cursor_execute", count)
    began = time.perf_counter()
    try:
        yield seen
    finally:
        seen.milliseconds = (time.perf_counter() - began) * 1000
        event.remove(made.engine, "before_cursor_execute", count)
