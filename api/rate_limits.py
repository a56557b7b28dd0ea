"""Limits the number of requests per API key, using counters in Redis.

While Redis is unavailable, there is no limit.
"""

import time
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import RedisError

from outbox.broker_connection import connect
from settings.redis import RedisSettings
from telemetry.error_origin import reason_of

log = structlog.get_logger()

WINDOW_SECONDS = 60
PAUSE_SECONDS = 1.0
"""For this time after a failure, requests are not counted, so that not every request waits for a timeout."""


@dataclass(frozen=True, slots=True)
class RateState:
    """The state of a key in the current window. `resets_in` is in seconds."""

    limit: int
    used: int
    resets_in: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """Returns the structured header of the IETF draft, and the three headers of an older draft."""
        left = max(self.limit - self.used, 0)
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"default";r={left};t={self.resets_in}',
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(self.resets_in),
        }


class RateLimits:
    """Counts requests in fixed windows of one minute. Thread-safe."""

    def __init__(self, redis: RedisSettings, *, a_minute: int) -> None:
        self._settings, self._limit = redis, a_minute
        self._redis = connect(redis)
        self._pause_ends_at = 0.0

    def hit(self, key: str) -> RateState | None:
        """Counts a request with `key`, a digest of the API key. Returns None while Redis is unavailable."""
        if time.monotonic() < self._pause_ends_at:
            return None
        window, since = divmod(int(time.time()), WINDOW_SECONDS)
        try:
            used = self._count(f"api_requests:{key}:{window}")
        except (RedisError, OSError) as error:
            self._pause_ends_at = time.monotonic() + PAUSE_SECONDS
            log.warning("rate_limit_unavailable", reason=reason_of(error))
            return None
        return RateState(self._limit, used, WINDOW_SECONDS - since)

    def _count(self, name: str) -> int:
        """Sends the commands over a pooled connection, because the client's own methods take twice as long."""
        connection: Any = self._redis.connection_pool.get_connection()
        try:
            connection.send_command("INCR", name)
            used = int(connection.read_response())
            if used == 1:
                connection.send_command("EXPIRE", name, 2 * WINDOW_SECONDS)
                connection.read_response()
        except BaseException:
            # Otherwise, the next command would read the response to this command.
            connection.disconnect()
            raise
        finally:
            self._redis.connection_pool.release(connection)
        return used

    def close(self) -> None:
        """Closes the connections."""
        self._redis.close()
