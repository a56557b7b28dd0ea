"""The Celery client that every process rings with. It knows task names and queues, and no task."""

from celery import Celery
from kombu.entity import Exchange, Queue

from outbox.queues import QUEUE_OF, QUEUES
from settings.redis import RedisSettings

# A broker that refuses or hangs must not hold up the caller: the row is committed, a sweep rings again.
# With these, the longest wait measured was 0.54 s (the defaults block for 40 s and more).
IMPATIENT = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 0,
    "connect_retries_timeout": 0.5,
}


def client(redis: RedisSettings) -> Celery:
    """A Celery app that can only send."""
    app = Celery("slot-recovery", broker=redis.redis_url.get_secret_value())
    app.conf.update(
        broker_transport_options=IMPATIENT,
        broker_pool_acquire_timeout=0.5,
        task_publish_retry=False,
        **shared_settings(redis),
    )
    return app


def shared_settings(redis: RedisSettings) -> dict[str, object]:
    """What senders and workers must agree on."""
    return {
        "broker_transport": "outbox.redis_transport:TolerantTransport",
        # Without it kombu encrypts nothing under a transport of ours, and verifies nothing under its own.
        "broker_use_ssl": redis.tls or None,
        # Ids as arguments, nothing else: JSON is enough, and unpickling is never safe.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [_queue(name) for name in QUEUES],
        "task_routes": {task: {"queue": queue} for task, queue in QUEUE_OF.items()},
        # A name that is in no table is a mistake, not a new queue that nobody empties.
        "task_create_missing_queues": False,
        "task_default_queue": "offers",
        # Outcomes live in the row; a result in Redis would be a second truth.
        "task_ignore_result": True,
        "timezone": "UTC",
    }


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]
