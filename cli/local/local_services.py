"""All processes except Postgres and Valkey, each with its command, its settings and its readiness check."""

import signal
import sys
from dataclasses import dataclass, replace

from cli.local.readiness import AnswersHttp, AnswersPing, AnswersPingOfAFork, Readiness, WrotePid
from settings.all_settings import READ_BY
from settings.database import DatabaseSettings
from settings.environment import FromEnvironment
from settings.redis import RedisSettings

PYTHON = sys.executable
CELERY = (PYTHON, "-m", "worker.start")
FLOWER = (PYTHON, "-m", "celery", "-A", "worker.app", "flower")
# By default, Flower shows task ids instead of the arguments, which are the ids of slots, offers and other rows.
# By default, Flower keeps 100,000 tasks in memory. Each task takes an estimated 2 to 3 KB.
FLOWER_OPTIONS = ("--read_only=true", "--tasks_columns=name,args,state,received,runtime,worker", "--max_tasks=2000")
# HTTP/2 is disabled, because without TLS Granian loops forever if a connection is closed in the middle of a body.
# Connections that are idle or have sent incomplete headers are closed after ten seconds. `backpressure` limits all
# connections together. With its default of 1,024, idle connections would block new connections.
GRANIAN = (
    *(PYTHON, "-m", "granian", "--factory", "--host", "127.0.0.1", "--workers", "1", "--no-ws", "--http", "1"),
    *("--http1-header-read-timeout", "10000", "--http1-buffer-size", "65536", "--backpressure", "16384"),
    # A worker that is stopped while starting misses the signal; without a timeout, Granian would wait for this worker
    # forever.
    *("--workers-kill-timeout", "20"),
)
WEB_SERVER = (*GRANIAN, "--interface", "rsgi")
WSGI_SERVER = (*GRANIAN, "--interface", "wsgi", "--blocking-threads", "96")
"""The server for applications without a public port: the sandbox and benchmarks."""

COMMON = frozenset({"ENVIRONMENT"})


def _names(*classes: type[FromEnvironment]) -> frozenset[str]:
    return COMMON.union(name.upper() for one in classes for name in one.model_fields)


def _read_by(process: str) -> frozenset[str]:
    return _names(*(one for one, processes in READ_BY.items() if process in processes))


STORES = _names(DatabaseSettings, RedisSettings)
# Beat and Flower load the list of tasks but run none, so they do not receive the tasks' settings.
CLOCK = _names(RedisSettings) | {"TICK_SECONDS"}
BEAT = STORES | CLOCK
# The pages that connect a calendar use the calendars of the sandbox.
WEB = _read_by("web") | {"SANDBOX_URL"}
WORKER = _read_by("worker")
SANDBOX = COMMON | {
    *("SANDBOX_URL", "SANDBOX_DIR", "APP_URL", "WEB_URL"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    *("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"),
    *("RESEND_API_KEY", "RESEND_WEBHOOK_SECRET"),
}


@dataclass(frozen=True)
class LocalService:
    """Settings of the running system replace `{NAMES}` in the command and in `ready`.

    `sees`: the names of the settings that the process receives. Settings without a value keep their default.
    `forked`: whether the service runs in a fork of the supervisor (`cli.local.forked_process`) instead of as a
    separate program.
    """

    name: str
    pid_name: str
    command: tuple[str, ...]
    sees: frozenset[str]
    ready: Readiness
    port_name: str | None = None
    when_parent_dies: signal.Signals = signal.SIGTERM
    forked: bool = False

    @property
    def needs_the_schema(self) -> bool:
        """Whether the service needs the schema. Beat does not need the schema, because it publishes without a lease
        if the table is missing.
        """
        return "DATABASE_URL" in self.sees and self.pid_name != "PID_BEAT"


def _worker(name: str, queues: str, pool: str, concurrency: int) -> LocalService:
    command = (*CELERY, "worker", "-n", f"{name}@%h", "-Q", queues, "--pool", pool, "-c", str(concurrency))
    # Workers do not need to contact each other, and mingling adds a second to each start.
    quiet = ("--without-mingle", "--without-gossip")
    return LocalService(f"worker {name}", "PID_WORKER", (*command, *quiet), WORKER, AnswersPing(name))


# Queues and processes are separate, so that a slow provider never delays a YES.
WORKERS = (
    # Replies and sweeps run in processes. Other tasks wait for providers, so they run in threads, which are cheaper.
    _worker("replies", "replies", "prefork", 2),
    _worker("sweeps", "sweeps,statuses,celery", "prefork", 2),
    # A thread that has chosen a customer sends the text of the offer itself.
    _worker("offers", "offers", "threads", 12),
    # Periodic jobs, and the reminders they create, share the threads that send texts.
    _worker("texts", "texts,jobs", "threads", 8),
    _worker("payments", "payments", "threads", 8),
    # Shops' endpoints may not respond. This process therefore delivers only webhooks, in separate threads.
    _worker("webhooks", "webhooks", "threads", 4),
    _worker("calendars", "calendars", "threads", 6),
)

SERVICES = (
    LocalService(
        "sandbox",
        "PID_SANDBOX",
        (*WSGI_SERVER, "--port", "{SANDBOX_PORT}", "sandbox.app:create_app"),
        SANDBOX,
        AnswersHttp("{SANDBOX_URL}/phones"),
        "SANDBOX_PORT",
    ),
    LocalService(
        "web",
        "PID_WEB",
        (*WEB_SERVER, "--port", "{WEB_PORT}", "web.app:create_app"),
        WEB,
        AnswersHttp("{WEB_URL}/healthz"),
        "WEB_PORT",
    ),
    *WORKERS,
    LocalService(
        "beat",
        "PID_BEAT",
        (*CELERY, "beat", "--schedule", "{BEAT_SCHEDULE}", "--pidfile", "{BEAT_PIDFILE}"),
        BEAT,
        WrotePid("{BEAT_PIDFILE}"),
    ),
    # The password is in the environment (FLOWER_BASIC_AUTH), because every user can read the arguments of a process.
    LocalService(
        "Flower",
        "PID_FLOWER",
        (*FLOWER, "--address=127.0.0.1", "--port={FLOWER_PORT}", *FLOWER_OPTIONS),
        CLOCK | {"FLOWER_BASIC_AUTH"},
        AnswersHttp("{FLOWER_URL}/healthcheck"),
        "FLOWER_PORT",
        # Flower has no state to save, and after SIGTERM it can wait forever for Redis.
        signal.SIGKILL,
    ),
)

FORKED = (
    _worker("replies", "replies", "threads", 2),
    _worker("offers", "offers,statuses,sweeps,celery", "threads", 3),
    _worker("providers", "texts,jobs,payments,calendars,webhooks", "threads", 24),
)
"""The workers on a single machine, where memory matters more than a second processor. They use threads instead of
processes, and one worker runs all tasks that wait for providers or shops' endpoints.
"""


def _forked(service: LocalService) -> LocalService:
    return replace(service, forked=True)


def _forked_worker(worker: LocalService) -> LocalService:
    return _forked(replace(worker, ready=AnswersPingOfAFork(worker.name.removeprefix("worker "))))


LOCAL_SERVICES = (
    *(_forked(one) for one in SERVICES if one not in WORKERS),
    *(_forked_worker(one) for one in FORKED),
)
"""The services of `slots up`. They are forks of the supervisor, which imports their code once."""
