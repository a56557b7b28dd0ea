"""The connection to Redis for locks and cooldowns, which are skipped if Redis is unavailable."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from outbox.broker_connection import connect
from settings.redis import RedisSettings


@dataclass(frozen=True, slots=True)
class Gates:
    """The Redis client of slot locks and cooldowns."""

    redis: Redis

    @classmethod
    def at(cls, settings: RedisSettings) -> Gates:
        """Creates a client with the timeout from the settings."""
        return cls(connect(settings, health_check_interval=15))
