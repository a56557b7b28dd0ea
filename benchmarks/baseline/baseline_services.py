"""The processes of the baseline and of the naive implementation, started by the same supervisor as the system."""

from cli.local.local_services import PYTHON, STORES, WEB_SERVER, WSGI_SERVER, LocalService
from cli.local.readiness import AnswersHttp, AnswersPing
from cli.local.servers.free_ports import free_port

SEES = STORES | {"SANDBOX_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
CHILDREN = 3


def bare_route() -> tuple[str, LocalService]:
    """Returns the URL and the service of the bare route."""
    return _web("bare route", WEB_SERVER, "benchmarks.baseline.bare_endpoint:create_app")


def naive() -> tuple[str, LocalService]:
    """Returns the URL and the service of the naive implementation."""
    return _web("naive", WSGI_SERVER, "benchmarks.naive.naive_app:create_app")


def _web(name: str, server: tuple[str, ...], app: str) -> tuple[str, LocalService]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (*server, "--port", str(port), app)
    return url, LocalService(name, "PID_BASELINE", command, SEES, AnswersHttp(f"{url}/"))


def bare_worker() -> LocalService:
    """Returns a worker with as many child processes as the worker for replies."""
    command = (
        *(
            PYTHON,
            "-m",
            "celery",
            "-A",
            "benchmarks.baseline.baseline_tasks",
            "worker",
            "-n",
            "baseline@%h",
            "-Q",
            "baseline",
        ),
        *("--pool", "prefork", "-c", str(CHILDREN), "--without-mingle", "--without-gossip"),
    )
    return LocalService("bare worker", "PID_BASELINE", command, SEES, AnswersPing("baseline"))
