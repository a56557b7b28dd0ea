"""One impatient connection to Redis for all gates: without Redis they stand open."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


@dataclass(frozen=True, slots=True)
class Gates:
    """Where slot locks and cooldowns are kept."""

    redis: Redis

    @classmethod
    def at(cls, url: str, *, timeout: float) -> Gates:
        """`timeout` in seconds. By default redis-py would retry ten times, five seconds each."""
        return cls(
            Redis.from_url(
                url,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(NoBackoff(), 0),
                health_check_interval=15,
            )
        )
