"""Every process of the system but the two servers: its command, what it may know, how one sees that it answers."""

import signal
import sys
from dataclasses import dataclass

from cli.local.readiness import AnswersHttp, AnswersPing, Readiness, WrotePid

PYTHON = sys.executable
CELERY = (PYTHON, "-m", "celery", "-A", "worker.app")
# Flower's default columns show the task's own id instead of its arguments, which hold the ids of the business.
FLOWER_COLUMNS = "--tasks_columns=name,args,state,received,runtime,worker"
# HTTP/1 only: Granian's HTTP/2 without TLS spins for ever over a connection that is closed in the middle of a body.
# A connection on which no headers are complete within ten seconds is closed, an idle one too. Granian counts all
# connections, silent ones as well, against `backpressure`: beyond 1,024, its default, nobody would get one.
GRANIAN = (
    *(PYTHON, "-m", "granian", "--factory", "--host", "127.0.0.1", "--workers", "1", "--no-ws", "--http", "1"),
    *("--http1-header-read-timeout", "10000", "--http1-buffer-size", "65536", "--backpressure", "16384"),
    # A worker that is asked to end while it starts does not notice, and would be waited for without end.
    *("--workers-kill-timeout", "20"),
)
WEB_SERVER = (*GRANIAN, "--interface", "rsgi")
WSGI_SERVER = (*GRANIAN, "--interface", "wsgi", "--blocking-threads", "96")
"""For what is not on a public port: the sandbox, and applications to compare with."""

EVERYBODY = frozenset({"ENVIRONMENT"})
STORES = EVERYBODY | {"DATABASE_URL", "DATABASE_POOLER", "REDIS_URL", "REDIS_CA_FILE"}
# Beat and Flower load the list of tasks, and neither runs any: what the tasks need is none of their business.
CLOCK = EVERYBODY | {"REDIS_URL", "REDIS_CA_FILE", "TICK_SECONDS"}
WEB = STORES | {
    "PROMETHEUS_MULTIPROC_DIR",
    *("APP_URL", "SECRET_KEY", "INTERNAL_SECRET", "CRON_SECRET"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    *("STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_JS_URL", "TRUSTED_PROXIES"),
}
# The worker derives the sign-in codes it sends, hence the SECRET_KEY; it never sees a signing secret of Stripe's.
WORKER = STORES | {
    "PROMETHEUS_MULTIPROC_DIR",
    *("APP_URL", "SECRET_KEY", "TICK_SECONDS"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL"),
    *("TWILIO_PLATFORM_NUMBER", "TWILIO_WHATSAPP_NUMBER", "TWILIO_WHATSAPP_TEMPLATES"),
    *("STRIPE_API_KEY", "STRIPE_API_URL"),
    *("RESEND_API_KEY", "RESEND_API_URL"),
}
SANDBOX = EVERYBODY | {
    *("SANDBOX_URL", "SANDBOX_DIR", "APP_URL", "WEB_URL"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    *("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "RESEND_API_KEY"),
}


@dataclass(frozen=True)
class Service:
    """`{NAMES}` in the command and in `ready` are filled in from the settings of the running system."""

    name: str
    pid_name: str
    command: tuple[str, ...]
    sees: frozenset[str]
    ready: Readiness
    port_name: str | None = None
    when_parent_dies: signal.Signals = signal.SIGTERM

    @property
    def needs_the_schema(self) -> bool:
        return "DATABASE_URL" in self.sees


def _worker(name: str, queues: str, pool: str, at_once: int) -> Service:
    command = (*CELERY, "worker", "-n", f"{name}@%h", "-Q", queues, "--pool", pool, "-c", str(at_once))
    # Workers here need not know of each other: saying hello costs a second at every start.
    quiet = ("--without-mingle", "--without-gossip")
    return Service(f"worker {name}", "PID_WORKER", (*command, *quiet), WORKER, AnswersPing(name))


SERVICES = (
    Service(
        "sandbox",
        "PID_SANDBOX",
        (*WSGI_SERVER, "--port", "{SANDBOX_PORT}", "sandbox.app:create_app"),
        SANDBOX,
        AnswersHttp("{SANDBOX_URL}/phones"),
        "SANDBOX_PORT",
    ),
    Service(
        "web",
        "PID_WEB",
        (*WEB_SERVER, "--port", "{WEB_PORT}", "web.app:create_app"),
        WEB,
        AnswersHttp("{WEB_URL}/healthz"),
        "WEB_PORT",
    ),
    # Separate queues and processes: a slow provider never delays a YES. Deciding is isolated in processes of its own;
    # texts and payments wait for somebody else's answer, which threads do as well for less.
    _worker("replies", "replies", "prefork", 2),
    _worker("offers", "offers,statuses,sweeps,celery", "prefork", 3),
    # The regular jobs, and the reminders they send, share the threads of those who wait for the carrier.
    _worker("texts", "texts,jobs", "threads", 16),
    _worker("payments", "payments", "threads", 8),
    Service(
        "beat",
        "PID_BEAT",
        (*CELERY, "beat", "--schedule", "{BEAT_SCHEDULE}", "--pidfile", "{BEAT_PIDFILE}"),
        CLOCK,
        WrotePid("{BEAT_PIDFILE}"),
    ),
    # Its password comes by the environment (FLOWER_BASIC_AUTH): arguments are for everybody on the machine to read.
    Service(
        "Flower",
        "PID_FLOWER",
        (*CELERY, "flower", "--address=127.0.0.1", "--port={FLOWER_PORT}", "--read_only=true", FLOWER_COLUMNS),
        CLOCK | {"FLOWER_BASIC_AUTH"},
        AnswersHttp("{FLOWER_URL}/healthcheck"),
        "FLOWER_PORT",
        # It holds nothing; asked to end, it waits for a question to the workers that Redis may never take.
        signal.SIGKILL,
    ),
)
