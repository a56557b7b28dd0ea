"""The process of the naive implementation."""

from __future__ import annotations

from cli.local.local_services import STORES, WSGI_SERVER, LocalService
from cli.local.readiness import AnswersHttp
from cli.local.servers.free_ports import free_port


def naive() -> tuple[str, LocalService]:
    """Returns the URL and the service of the naive implementation."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (*WSGI_SERVER, "--port", str(port), "benchmarks.naive.naive_app:create_app")
    sees = STORES | {"SANDBOX_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
    return url, LocalService("naive", "PID_BASELINE", command, sees, AnswersHttp(f"{url}/"))
