"""One impatient connection to Redis for all gates: without Redis they stand open."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from outbox.broker_connection import connect
from settings.redis import RedisSettings


@dataclass(frozen=True, slots=True)
class Gates:
    """Where slot locks and cooldowns are kept."""

    redis: Redis

    @classmethod
    def at(cls, settings: RedisSettings) -> Gates:
        """Waits for an answer no longer than the settings say."""
        return cls(connect(settings, health_check_interval=15))
