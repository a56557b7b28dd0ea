"""Plain connections to the broker's Redis, for uses other than publishing tasks."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from settings.redis import RedisSettings


def connect(settings: RedisSettings, *, timeout: float | None = None, **options: object) -> Redis:
    """Connects on first use, with TLS for rediss://. `timeout` is in seconds; by default that of the settings.

    Never retries: redis-py would retry ten times by default, five seconds each.
    """
    seconds = timeout or settings.redis_timeout_seconds
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        **settings.tls,
        **options,
    )
