"""The ground a measurement stands on: a real system in a temporary folder, with the floor beside it."""

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

from benchmarks.floor.floor_services import bare_route, bare_worker
from benchmarks.naive.naive_service import naive
from cli.local.boot import boot
from cli.local.services import SERVICES, Service
from cli.local.system import System

PATIENCE_SECONDS = 600.0

# Flower only watches.
ACTING = tuple(service for service in SERVICES if service.pid_name != "PID_FLOWER")
DOORS = tuple(service for service in SERVICES if service.pid_name == "PID_WEB")


class TookTooLongError(Exception):
    """What a measurement waits for has not happened; says what."""


def wait_until(
    done: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS, pause: float = 0.05
) -> None:
    """Raises TookTooLongError."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TookTooLongError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)


@dataclass
class Ground:
    """A running system and what one does to it from outside."""

    system: System
    bare_url: str
    naive_url: str
    _read_to: int = 0
    _entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return self.system.settings

    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A new one, on which each statement is a transaction."""
        return psycopg.connect(self.settings["DATABASE_URL"], autocommit=True)

    def sql(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Runs it in a transaction of its own."""
        with self.connection() as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def changed(self, statement: str) -> int:
        """How many rows the last of these statements changed; all in one transaction."""
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement)
            while cursor.nextset():
                pass
            return cursor.rowcount

    def count(self, statement: str, **values: object) -> int:
        return int(self.sql(statement, **values)[0][0])

    def post(self, base: str, path: str, body: object = None, **headers: str) -> Any:
        """The JSON answer of a POST to WEB_URL or SANDBOX_URL."""
        request = urllib.request.Request(
            self.settings[base] + path,
            data=json.dumps(body if body is not None else {}).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def fault(self, **fault: object) -> None:
        """Switches a fault of the sandbox on, until all are cleared."""
        self.post("SANDBOX_URL", "/sandbox/faults", {"times": None, **fault})

    def clear_faults(self) -> None:
        request = urllib.request.Request(self.settings["SANDBOX_URL"] + "/sandbox/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()

    def sweep(self) -> Any:
        """The expire-offers route."""
        return self.post("WEB_URL", "/api/jobs/expire-offers", **{"x-cron-secret": self.settings["CRON_SECRET"]})

    def ledger(self) -> list[dict[str, Any]]:
        """All entries so far. Read from the ledger's text file: asking the sandbox would slow what is measured."""
        path = Path(self.settings["SANDBOX_DIR"]) / "ledger.jsonl"
        with path.open("rb") as file:
            file.seek(self._read_to)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._entries += [json.loads(line) for line in whole.splitlines()]
        return self._entries

    def at_rest(self) -> None:
        """Waits until no task is due."""
        due = "SELECT count(*) FROM pending_tasks WHERE settled_at IS NULL AND due_at <= now()"
        wait_until(lambda: self.count(due) == 0, "the system to come to rest", pause=0.2)


_SHARED: list[Ground] = []


@contextmanager
def shared() -> Iterator[None]:
    """All measures inside stand on one ground. For those that ask for something else it is worth nothing."""
    with running() as ground:
        _SHARED.append(ground)
        try:
            yield
        finally:
            _SHARED.clear()


@contextmanager
def running(services: Sequence[Service] = ACTING, *, floor: bool = True) -> Iterator[Ground]:
    """Boots these services on servers of their own and stops them.

    `floor` puts the bare route, the bare worker and the peer beside them.
    """
    if _SHARED:
        try:
            yield _SHARED[0]
        finally:
            # What one measure makes slow or silent is not the next one's.
            _SHARED[0].clear_faults()
        return
    environment = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    (bare_url, route), (naive_url, peer) = bare_route(), naive()
    # Without workers of ours nobody else is to work either: the doors are measured alone.
    beside = () if not floor else (route,) if services is DOORS else (route, bare_worker(), peer)
    with tempfile.TemporaryDirectory(prefix="slots-bench-") as folder:
        system = System(Path(folder), environment=environment, services=(*services, *beside))
        try:
            boot(system, fill=lambda _: None, stopping=lambda: False)
            yield Ground(system, bare_url, naive_url)
        finally:
            system.stop()
