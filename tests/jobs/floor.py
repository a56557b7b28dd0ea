"""Helpers for the tests of periodic jobs: real dependencies in this process, and the sandbox over HTTP."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from db.tasks import pending_tasks
from worker.app import TASK_MODULES
from worker.dependencies import Dependencies
from worker.drain_all import drain
from worker.task_run import BODIES, run_row

ACCOUNT_SID = "AC" + "6" * 32
AUTH_TOKEN = "0c5e1a5dcd4f9d1f"
WEBHOOK_SECRET = "whsec_0c5e1a5dcd4f9d1f"
STRIPE_KEY = "sk_test_0c5e1a5dcd4f9d1f"
RESEND_KEY = "re_0c5e1a5dcd4f9d1f"
WHATSAPP_NUMBER = "+447700900999"

for module in TASK_MODULES:
    importlib.import_module(module)


@dataclass
class OwnWeb:
    """Receives the sandbox's webhooks, and drops them unless a test installs an application here."""

    app: Any = None
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.app is None:
            start_response("204 heard", [])
            return [b""]
        return self.app(environ, start_response)


class Quiet(WSGIRequestHandler):
    """A request handler without an access log."""

    def log_request(self, *_: object) -> None:
        """Suppresses the access log."""


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serves the WSGI application on a free loopback port until the end of the block; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Outside:
    """The sandbox's controls, and the requests that it has received since this test began."""

    url: str
    since: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.since = max((entry["seq"] for entry in self.entries(newest=1)), default=0)

    def entries(self, **limits: int) -> list[dict[str, Any]]:
        """Returns the entries of the ledger: those after a number, or only the newest, depending on `limits`."""
        return list(requests.get(f"{self.url}/sandbox/ledger", params=limits, timeout=5).json()["entries"])

    def asked(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Returns the results of our requests to paths with this end and these parameters.

        There is one result for each idempotency key, however often it was used.
        """
        done = {
            entry["response_id"]: entry
            for entry in self.entries(after=self.since)
            if entry["kind"] == "request"
            and entry["method"] == "POST"
            and entry["path"].endswith(path)
            and entry["response_id"]
            and all(entry["params"].get(name) == value for name, value in params.items())
        }
        return list(done.values())

    def texts(self, to: str | None = None) -> list[dict[str, Any]]:
        """Returns the texts sent to a number, or to all numbers. For WhatsApp, `whatsapp:` precedes the number."""
        return [sent["params"] for sent in self.asked("/Messages.json", **({"To": to} if to else {}))]

    def emails(self, to: str | None = None) -> list[dict[str, Any]]:
        sent = [entry["params"] for entry in self.asked("/emails")]
        return [email for email in sent if to is None or email["to"] in (to, [to])]

    def fault(self, provider: str, operation: str, fault: str, **more: Any) -> None:
        given = {"provider": provider, "operation": operation, "fault": fault, **more}
        answer = requests.post(f"{self.url}/sandbox/faults", json=given, timeout=5)
        assert answer.ok, answer.text

    def heal(self) -> None:
        requests.delete(f"{self.url}/sandbox/faults", timeout=5).raise_for_status()

    def pays(self, intent_id: str) -> None:
        requests.post(f"{self.url}/sandbox/payment_intents/{intent_id}/succeed", timeout=5).raise_for_status()

    def processes(self, intent_id: str) -> None:
        """Moves the payment to the status `processing`."""
        requests.post(f"{self.url}/sandbox/payment_intents/{intent_id}/processing", timeout=5).raise_for_status()


@dataclass
class Floor:
    """Runs tasks in this process as a worker does."""

    dependencies: Dependencies

    def run(self, task: str, *args: str) -> dict[str, Any]:
        """Runs one task like a worker; returns its result."""
        with self.dependencies.transactions() as session:
            row = pending_tasks.add(session, task, *args)
        run_row(BODIES[task], task, row)
        with self.dependencies.transactions() as session:
            outcome = pending_tasks.outcome(session, row) or {}
        answer: dict[str, Any] = outcome.get("answer", outcome)
        return answer

    def work_off(self) -> None:
        """Runs all tasks that are due."""
        drain()

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.dependencies.transactions() as session:
            found = session.execute(text(statement), values)
            return list(found) if found.returns_rows else []

    def one(self, statement: str, **values: Any) -> Any:
        (row,) = self.rows(statement, **values)
        return row[0]


def ago(now: datetime, **units: float) -> datetime:
    """Returns the time this long before `now`."""
    return now - timedelta(**units)
