"""Runs a complete system in a temporary folder, together with the baselines."""

from __future__ import annotations

import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.baseline.baseline_services import bare_route, bare_worker, naive
from cli.local.boot import boot
from cli.local.local_services import SERVICES, LocalService
from cli.local.system import System

WAIT_SECONDS = 600.0

# Flower is not measured.
ACTING = tuple(service for service in SERVICES if service.pid_name != "PID_FLOWER")
WEB_ONLY = tuple(service for service in SERVICES if service.pid_name == "PID_WEB")


class TookTooLongError(Exception):
    """Raised if a condition was not met in time."""


def wait_until(done: Callable[[], bool], what: str, *, seconds: float = WAIT_SECONDS, pause: float = 0.05) -> None:
    """Waits until the condition is true. Raises TookTooLongError after `seconds`."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TookTooLongError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)


@dataclass
class SystemUnderTest:
    """A running system and access to it from outside."""

    system: System
    bare_url: str
    naive_url: str
    _read_to: int = 0
    _entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return self.system.settings

    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Opens a connection in autocommit mode."""
        return psycopg.connect(self.settings["DATABASE_URL"], autocommit=True)

    def sql(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Runs the statement in its own transaction."""
        with self.connection() as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def changed(self, statement: str) -> int:
        """Runs the statements in one transaction; returns the number of rows that the last statement changed."""
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement)
            while cursor.nextset():
                pass
            return cursor.rowcount

    def count(self, statement: str, **values: object) -> int:
        return int(self.sql(statement, **values)[0][0])

    def post(self, base: str, path: str, body: object = None, **headers: str) -> Any:
        """Sends a POST to WEB_URL or SANDBOX_URL; returns the JSON of the response."""
        request = urllib.request.Request(
            self.settings[base] + path,
            data=json.dumps(body if body is not None else {}).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def fault(self, **fault: object) -> None:
        """Activates a fault of the sandbox until all faults are cleared."""
        self.post("SANDBOX_URL", "/sandbox/faults", {"times": None, **fault})

    def clear_faults(self) -> None:
        request = urllib.request.Request(self.settings["SANDBOX_URL"] + "/sandbox/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()

    def sweep(self) -> Any:
        """Calls the expire-offers route."""
        return self.post("WEB_URL", "/api/jobs/expire-offers", **{"x-cron-secret": self.settings["CRON_SECRET"]})

    def ledger(self) -> list[dict[str, Any]]:
        """Returns all ledger entries so far. Reads the file, because requests to the sandbox would slow the system
        down.
        """
        path = Path(self.settings["SANDBOX_DIR"]) / "ledger.jsonl"
        with path.open("rb") as file:
            file.seek(self._read_to)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._entries += [json.loads(line) for line in whole.splitlines()]
        return self._entries

    def wait_until_idle(self) -> None:
        """Waits until no task is due. Uses one connection, because connecting would count as Postgres work."""
        due = "SELECT EXISTS (SELECT FROM ONLY pending_tasks WHERE settled_at IS NULL AND due_at <= now())"
        with self.connection() as connection:
            wait_until(lambda: connection.execute(due).fetchone() == (False,), "all tasks to be done", pause=0.2)


_SHARED: list[SystemUnderTest] = []


@dataclass(frozen=True, slots=True)
class SharedSystem:
    """The services of a system for several measures. `baseline` and `settings` are those of `running`."""

    services: Sequence[LocalService] = ACTING
    baseline: bool = True
    settings: tuple[tuple[str, str], ...] = ()


@contextmanager
def shared(by: SharedSystem) -> Iterator[None]:
    """Runs one system for all measures in the block, whichever services they ask for."""
    with running(by.services, baseline=by.baseline, **dict(by.settings)) as system:
        _SHARED.append(system)
        try:
            yield
        finally:
            _SHARED.clear()


@contextmanager
def running(
    services: Sequence[LocalService] = ACTING, *, baseline: bool = True, **settings: str
) -> Iterator[SystemUnderTest]:
    """Starts these services with their own Postgres and Valkey, and stops them at the end.

    `baseline` also starts the bare route, the bare worker and the naive implementation. `settings` are added to the
    environment.
    """
    if _SHARED:
        try:
            yield _SHARED[0]
        finally:
            # Faults of one measure must not affect the next measure.
            _SHARED[0].clear_faults()
        return
    environment = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= settings
    (bare_url, route), (naive_url, naive_service) = bare_route(), naive()
    # Endpoints are measured without any workers.
    beside = () if not baseline else (route,) if services is WEB_ONLY else (route, bare_worker(), naive_service)
    with tempfile.TemporaryDirectory(prefix="slots-bench-") as folder:
        system = System(Path(folder), environment=environment, services=(*services, *beside))
        try:
            boot(system, fill=lambda _: None, stopping=lambda: False)
            yield SystemUnderTest(system, bare_url, naive_url)
        finally:
            system.stop()
