"""Plain connections to the Redis that the broker is in, for those who ask it something else than to carry a task."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from settings.redis import RedisSettings


def connect(settings: RedisSettings, *, timeout: float | None = None, **options: object) -> Redis:
    """Connects when first asked, with TLS where the address says so; waits `timeout` seconds, or as long as is set.

    By default redis-py would retry ten times, five seconds each.
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
