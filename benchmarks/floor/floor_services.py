"""The floor's own processes, started beside the system's by the same supervisor."""

from __future__ import annotations

from cli.local.readiness import AnswersHttp, AnswersPing
from cli.local.servers.free_ports import free_port
from cli.local.services import PYTHON, STORES, WEB_SERVER, Service

SEES = STORES | {"SANDBOX_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
CHILDREN = 3


def bare_route() -> tuple[str, Service]:
    """Its address, and the service."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (*WEB_SERVER, "--port", str(port), "benchmarks.floor.bare_endpoint:create_app")
    return url, Service("bare route", "PID_FLOOR", command, SEES, AnswersHttp(f"{url}/"))


def bare_worker() -> Service:
    """As many children as the real one that decides, and as quiet."""
    command = (
        *(PYTHON, "-m", "celery", "-A", "benchmarks.floor.floor_tasks", "worker", "-n", "floor@%h", "-Q", "floor"),
        *("--pool", "prefork", "-c", str(CHILDREN), "--without-mingle", "--without-gossip"),
    )
    return Service("bare worker", "PID_FLOOR", command, SEES, AnswersPing("floor"))
