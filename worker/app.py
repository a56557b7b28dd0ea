"""The Celery app of the workers, beat and Flower."""

import os
import sys
from typing import Any

import structlog
from celery import Celery
from celery.signals import (
    after_task_publish,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

import beat_schedule
from db import heartbeat
from outbox.celery_client import shared_settings, transport_options
from outbox.queues import LEASE, LIMITS, WEBHOOKS
from settings.loading import SettingsError, load
from settings.redis import RedisSettings
from settings.secret_files import UnreadableFile, secret
from settings.telemetry import TelemetrySettings
from settings.worker import GeneralSettings
from telemetry import garbage_collection, logs, metrics_server
from worker.ping_replies import WorkerControl

TASK_MODULES = (
    "worker.appointments.cancellations",
    "worker.appointments.moves",
    "worker.appointments.reminders",
    "worker.calendars.holds",
    "worker.calendars.write_moves",
    "worker.calendars.reconnect",
    "worker.calendars.set_up",
    "worker.calendars.sync",
    "worker.calendars.write_back",
    "worker.customer_data",
    "worker.invariant_checks",
    "worker.join_waitlist",
    "worker.messages.email_status",
    "worker.messages.message_status",
    "worker.messages.sending",
    "worker.messages.staff_mail",
    "worker.offers.ask_next",
    "worker.offers.customer_replies",
    "worker.offers.leave_waitlist_by_text",
    "worker.offers.staff_choices",
    "worker.offers.staff_requests",
    "worker.outgoing_webhooks.lanes",
    "worker.payments.cancel_then_release",
    "worker.payments.create_intent",
    "worker.payments.payment_events",
    "worker.payments.refund",
    "worker.payments.requested_refunds",
    "worker.periodic.maintain_partitions",
    "worker.periodic.periodic_jobs",
    "worker.reconciliation.find_missed",
    "worker.reconciliation.look_up",
    "worker.sweep_tasks",
)


def create_app() -> Celery:
    """Creates the app from the environment. Raises SettingsError, which lists all problems."""
    redis = load(RedisSettings)
    # Beat and Flower use only the names of tasks. Importing the tasks would double their memory.
    tasks = () if {"beat", "flower"} & set(sys.argv) else TASK_MODULES
    app = Celery("slot-recovery", broker=redis.broker_url, include=tasks, control=WorkerControl)
    app.conf.update(**shared_settings(redis), **WORKER_SETTINGS)
    app.conf.broker_transport_options = transport_options(redis, TRANSPORT_OPTIONS)
    app.conf.beat_schedule = beat_schedule.entries(tick_seconds=load(GeneralSettings).tick_seconds)
    return app


TRANSPORT_OPTIONS: dict[str, object] = {
    # A sweep republishes a lost message within a minute. With late acknowledgement, Redis would keep a copy of the
    # message of each running task, and redeliver the message after an hour. The copies would cost four commands for
    # each message.
    "ack_emulation": False,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}
WORKER_SETTINGS: dict[str, object] = {
    # The row has a lease, so a message that Redis redelivers would only be a duplicate.
    "task_acks_late": False,
    # An idle child process cannot take a message that a busy child has prefetched.
    "worker_prefetch_multiplier": 1,
    # Redis may start after the worker, or be unavailable for an hour.
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # Redis may refuse commands, for example while its disk is full. Without this setting, a refusal terminates the
    # worker.
    "broker_channel_error_retry": True,
    # If the connection breaks, a running task continues, because the row and not the broker stores its result.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "beat_scheduler": "worker.beat.leased_scheduler:LeasedScheduler",
    # A running Flower enables task events, which take a tenth of a worker's time.
    "worker_send_task_events": False,
    "worker_consumer": "worker.event_batches:BatchingConsumer",
    # These limit the growth of child processes. Thread pools ignore them.
    "worker_max_tasks_per_child": 10_000,
    "worker_max_memory_per_child": 200_000,
    # This is a last resort if the timeouts of Postgres, Redis and the providers fail (prefork only). When the lease
    # ends, another worker may claim the row.
    "task_time_limit": LEASE.total_seconds(),
    "task_annotations": LIMITS,
    "worker_hijack_root_logger": False,
}

log = structlog.get_logger()


@setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: object) -> None:
    logs.configure(process=process_of(sys.argv))


def process_of(arguments: list[str]) -> str:
    """The name of the process in the log: `worker texts`, `beat` or `flower`."""
    if "worker" not in arguments:
        return next((name for name in ("beat", "flower") if name in arguments), "worker")
    named = arguments[arguments.index("-n") + 1] if "-n" in arguments else ""
    return f"worker {named.partition('@')[0]}".rstrip()


@worker_init.connect  # type: ignore[untyped-decorator]
def _refuse_bad_settings(**_: object) -> None:
    from settings.worker import load_worker  # Beat and Flower import this module too, but need no keys.

    try:
        load_worker()
    except SettingsError as refused:
        # Celery would log any other exception and start anyway.
        raise SystemExit(str(refused)) from None


@worker_init.connect  # type: ignore[untyped-decorator]
def _share_metrics(**_: object) -> None:
    """Shares the metrics before the child processes are forked."""
    metrics_server.share()


@worker_init.connect  # type: ignore[untyped-decorator]
def _exclude_imported(**_: object) -> None:
    garbage_collection.exclude_imported()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _warm_up(**_: object) -> None:
    """Connects before the first task, unless the database is unavailable."""
    from worker.dependencies import warm_up

    warm_up()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _warm_up_threads(sender: Any, **_: object) -> None:
    """Like `_warm_up`, but for the only process of a thread pool. Also lets this process continue with tasks (see
    `worker.continuing`).

    Other pools are skipped, because child processes must not inherit a connection.
    """
    if sender.pool.__class__.__module__ != "celery.concurrency.prefork":
        from worker import continuing

        _warm_up()
        continuing.read_queues(sender.app.amqp.queues.consume_from, consumer=sender)


@worker_ready.connect  # type: ignore[untyped-decorator]
def _serve_metrics(**_: object) -> None:
    """Serves metrics from the main process, including the metrics of its child processes."""
    settings = load(TelemetrySettings)
    metrics_server.serve(host=settings.metrics_host, port=settings.metrics_port)


@worker_ready.connect  # type: ignore[untyped-decorator]
def _show_that_it_runs(**_: object) -> None:
    """Starts the heartbeat in the main process. The child processes have already been forked."""
    heartbeat.start(process_of(sys.argv))


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _show_that_it_stops(**_: object) -> None:
    heartbeat.stop()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _deliver_in_threads(sender: Any, **_: object) -> None:
    """Enables delivery in threads in the worker of the webhook queue, which runs no other tasks."""
    from worker.outgoing_webhooks import lanes

    if WEBHOOKS in sender.app.amqp.queues.consume_from:
        lanes.use_threads()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop_delivering(**_: object) -> None:
    from worker.outgoing_webhooks import lanes

    lanes.lanes().stop()


@after_task_publish.connect  # type: ignore[untyped-decorator]
def _log_published(headers: dict[str, object], **_: object) -> None:
    """Logs the id of each message that beat publishes. The id connects the log lines of beat and the worker, because
    these messages have no row.
    """
    if "beat" in sys.argv:
        log.info("published", task=headers["task"], celery_id=headers["id"])


def _read_password_of_flower() -> None:
    """Supports FLOWER_BASIC_AUTH_FILE. Flower reads its own environment only after it imports this module."""
    value = secret(os.environ, "FLOWER_BASIC_AUTH") if "flower" in sys.argv else None
    if isinstance(value, UnreadableFile):
        raise SettingsError({"FLOWER_BASIC_AUTH": value.problem})
    if value:
        os.environ["FLOWER_BASIC_AUTH"] = value


_read_password_of_flower()
app = create_app()
