"""Connections to the broker's Redis for uses other than publishing tasks."""

from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from settings.redis import RedisSettings


def connect(settings: RedisSettings, *, timeout: float | None = None, **options: object) -> Redis:
    """Returns a client that connects at its first use, with TLS or through Sentinel if the address requires it.

    `timeout` is in seconds; its default is in the settings. The client never retries. By default, redis-py would
    retry ten times, five seconds each.
    """
    seconds = timeout or settings.redis_timeout_seconds
    patience: dict[str, Any] = {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
    }
    if settings.address.group:
        return _primary(settings, patience, options)
    return Redis.from_url(settings.redis_url.get_secret_value(), **patience, **settings.tls, **options)


def _primary(settings: RedisSettings, patience: dict[str, Any], options: dict[str, object]) -> Redis:
    """Returns a client that requests the primary from the Sentinels whenever it connects."""
    address = settings.address
    sentinels: Any = Sentinel(  # type: ignore[no-untyped-call]
        list(address.servers), sentinel_kwargs=settings.sentinel_options(**patience)
    )
    primary: Redis = sentinels.master_for(
        address.group or "",
        Redis,
        db=address.database,
        username=address.username,
        password=address.password,
        **patience,
        **({"ssl": True, **settings.tls} if settings.tls else {}),
        **options,
    )
    return primary
