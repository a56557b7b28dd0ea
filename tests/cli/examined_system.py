"""Provides a healthy system for the tests of `slots doctor`, and ways to add faults to the system.

Postgres, Valkey, the sandbox and the web process are real servers. No workers are running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import redis
from sqlalchemy import Engine

from cli.doctor.findings import Finding, State
from cli.doctor.run_checks import GROUPS, examine
from cli.doctor.target import CheckTarget
from tests import credentials
from tests.servers import close
from tests.serving import on_a_thread
from tests.waiting import REDIS_PATIENCE_SECONDS

HEALTHY = {
    "ENVIRONMENT": "development",
    **credentials.OF_THE_PROVIDERS,
    **credentials.OF_THE_CALLERS,
    "STRIPE_PUBLISHABLE_KEY": "pk_test_51Sandbox",
    "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS),
}
BUT_WORKERS = tuple(group for group in GROUPS if group.title != "Workers and beat")


@dataclass
class ExaminedSystem:
    """A healthy system.

    `environment` contains the environment variables that the doctor reads. `put` sets the same variables in this
    process.
    """

    environment: dict[str, str]
    put: Callable[[dict[str, str]], None]
    engine: Engine
    redis: redis.Redis
    undo: list[Callable[[], Any]] = field(default_factory=list)

    def set(self, **values: str) -> None:
        self.environment |= values
        self.put(self.environment)

    def unset(self, *names: str) -> None:
        for name in names:
            self.environment.pop(name, None)
        self.put(self.environment)

    def sql(self, *statements: str) -> None:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def config(self, name: str, value: str) -> None:
        """Changes a setting of Redis until the test ends."""
        before = self.redis.config_get(name)[name]
        self.undo.append(lambda: self.redis.config_set(name, before))
        self.redis.config_set(name, value)

    def findings(self, groups=BUT_WORKERS, *, least_free_bytes: int = 0) -> dict[str, Finding]:
        """Returns the doctor's findings, keyed by name."""
        target = CheckTarget(dict(self.environment), least_free_bytes=least_free_bytes)
        found = [finding for _, group in examine(target, groups) for finding in group]
        if target.engine:
            close(target.engine)
        if target.redis:
            target.redis.close()
        return {finding.name: finding for finding in found}

    def complaints(self, **more: Any) -> dict[str, Finding]:
        """Returns only the findings that are failures or warnings."""
        found = self.findings(**more)
        return {name: one for name, one in found.items() if one.state in {State.FAILURE, State.WARNING}}


Answers = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@contextmanager
def somebody_else(answers: Answers, *, port: int = 0) -> Iterator[str]:
    """Runs an HTTP server of another program on loopback and yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answers(self)
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Suppresses the access log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    with on_a_thread(server):
        yield f"http://127.0.0.1:{server.server_port}"
