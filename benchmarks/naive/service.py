"""The peer's process."""

from __future__ import annotations

from cli.readiness import AnswersHttp
from cli.servers.ports import free_port
from cli.services import STORES, WSGI_SERVER, Service


def naive() -> tuple[str, Service]:
    """Its address, and the service."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (*WSGI_SERVER, "--port", str(port), "benchmarks.naive.app:create_app")
    sees = STORES | {"SANDBOX_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
    return url, Service("peer", "PID_FLOOR", command, sees, AnswersHttp(f"{url}/"))
