"""The Celery client that publishes tasks by name. It needs the tasks' queues but not their code."""

from collections.abc import Mapping

from celery import Celery
from kombu.entity import Exchange, Queue

from outbox import redis_transport
from outbox.queues import QUEUE_OF, QUEUES
from settings.redis import RedisSettings

# The caller must not wait long for a broker that refuses or hangs, because a sweep publishes the committed row again.
# With these settings, the longest measured wait was 0.54 s. The defaults block for 40 s or longer.
IMPATIENT = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 0,
    "connect_retries_timeout": 0.5,
}


def client(redis: RedisSettings) -> Celery:
    """Returns a Celery app that only publishes."""
    app = Celery("slot-recovery", broker=redis.broker_url)
    app.conf.update(
        broker_transport_options=transport_options(redis, IMPATIENT),
        broker_pool_acquire_timeout=0.5,
        task_publish_retry=False,
        **shared_settings(redis),
    )
    return app


# Without this setting, a worker waits on four lists for each queue, and each message takes a command with up to forty
# keys.
ONE_PRIORITY = {"priority_steps": [0]}


def transport_options(redis: RedisSettings, options: Mapping[str, object]) -> dict[str, object]:
    """Returns kombu's transport options, which are `options` and, for Sentinel, the group name and the Sentinels'
    options.
    """
    options = {**ONE_PRIORITY, **options}
    if not redis.address.group:
        return options
    patience = {name: value for name, value in options.items() if name.startswith("socket_")}
    return options | {"master_name": redis.address.group, "sentinel_kwargs": redis.sentinel_options(**patience)}


def shared_settings(redis: RedisSettings) -> dict[str, object]:
    """Returns the settings that publishers and workers must share. Registers our transport with kombu in this
    process.
    """
    redis_transport.register()
    return {
        # Without this option, kombu does not verify certificates.
        "broker_use_ssl": redis.tls or None,
        # Arguments are only ids, so JSON suffices. Unpickling is never safe.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [_queue(name) for name in QUEUES],
        "task_routes": {task: {"queue": queue} for task, queue in QUEUE_OF.items()},
        # A task that is missing from QUEUE_OF must cause an error, and not create a queue without a worker.
        "task_create_missing_queues": False,
        "task_default_queue": "offers",
        # Outcomes are stored in the rows. A result in Redis would be a second copy.
        "task_ignore_result": True,
        "timezone": "UTC",
    }


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]
