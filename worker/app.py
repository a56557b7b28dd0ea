"""The workers' Celery app. Every setting here has a reason, and the reason stands beside it."""

import sys

import structlog
from celery import Celery
from celery.signals import after_task_publish, setup_logging, worker_init, worker_process_init, worker_ready

import beat_schedule
from outbox.celery_client import shared_settings
from settings.loading import SettingsError, load
from settings.redis import RedisSettings
from settings.telemetry import TelemetrySettings
from settings.worker import PaceSettings
from telemetry import logs, metrics_server
from worker.leases import LEASE, LIMITS
from worker.ping_replies import WorkerControl

TASK_MODULES = (
    "worker.tasks.appointment_tasks",
    "worker.tasks.sweep_tasks",
    "worker.tasks.periodic_tasks",
    "worker.tasks.message_tasks",
    "worker.tasks.offer_tasks",
    "worker.tasks.payment_tasks",
    "worker.tasks.reconciliation_tasks",
    "worker.tasks.reply_tasks",
    "worker.tasks.staff_tasks",
)


def create_app() -> Celery:
    """Reads the environment; raises SettingsError with all problems at once."""
    redis = load(RedisSettings)
    broker = redis.redis_url.get_secret_value()
    app = Celery("slot-recovery", broker=broker, include=TASK_MODULES, control=WorkerControl)
    app.conf.update(**shared_settings(redis), **WORKER_SETTINGS)
    app.conf.beat_schedule = beat_schedule.entries(tick_seconds=load(PaceSettings).tick_seconds)
    return app


WORKER_SETTINGS: dict[str, object] = {
    # The row has the lease; a message that comes back by itself would only be a second bell.
    "task_acks_late": False,
    # One at a time: what a busy child has taken, an idle one can't take.
    "worker_prefetch_multiplier": 1,
    # A lost message is rung for again within a minute; Redis need not guess.
    "broker_transport_options": {
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "health_check_interval": 10,
    },
    # Redis may start after us, or go away for an hour.
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # What runs when the connection breaks goes on: the row settles it, not the broker.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # Flower and `slots` see what happens.
    "worker_send_task_events": True,
    # Children don't grow for ever; threads pools ignore these.
    "worker_max_tasks_per_child": 10_000,
    "worker_max_memory_per_child": 200_000,
    # The last resort behind the time-outs of Postgres, Redis and the providers (prefork only). Who takes longer has
    # lost the row to somebody else by then. Celery keeps a note of each task until its limit has passed, of half a
    # kilobyte: the longer the limit, the more a busy worker weighs.
    "task_time_limit": LEASE.total_seconds(),
    "task_annotations": LIMITS,
    "worker_hijack_root_logger": False,
}

log = structlog.get_logger()


@setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: object) -> None:
    logs.configure(process=process_of(sys.argv))


def process_of(arguments: list[str]) -> str:
    """`worker texts`, `beat` or `flower`: whichever of them was started through this module."""
    if "worker" not in arguments:
        return next((name for name in ("beat", "flower") if name in arguments), "worker")
    named = arguments[arguments.index("-n") + 1] if "-n" in arguments else ""
    return f"worker {named.partition('@')[0]}".rstrip()


@worker_init.connect  # type: ignore[untyped-decorator]
def _refuse_bad_settings(**_: object) -> None:
    from settings.worker import load_worker  # beat and Flower read this module too, and need no keys

    try:
        load_worker()
    except SettingsError as refused:
        # Any other exception Celery would only log, and start.
        raise SystemExit(str(refused)) from None


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _warm_up(**_: object) -> None:
    """The first customer after a start need not wait for our connections; a database that is away is met later."""
    from worker.dependencies import warm_up

    warm_up()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _show_figures(**_: object) -> None:
    """In the main process, which sees what its children count."""
    settings = load(TelemetrySettings)
    metrics_server.serve(host=settings.metrics_host, port=settings.metrics_port)


@after_task_publish.connect  # type: ignore[untyped-decorator]
def _say_what_was_rung(headers: dict[str, object], **_: object) -> None:
    """Beat's bells have no row: their own id leads from beat's line to the worker's."""
    if "beat" in sys.argv:
        log.info("rung", task=headers["task"], publisher=headers["id"])


app = create_app()
