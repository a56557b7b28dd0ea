"""The broker as the doors ring it: one ring at a time, and left alone for a moment after it was away."""

import threading
import time
from collections.abc import Mapping, Sequence

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

LEFT_ALONE_SECONDS = 1.0
"""After a lost bell. A sweep rings again anyway; a burst of webhooks must not wait for one silence one by one."""

LOST_LATELY_SECONDS = 60.0

TURN_SECONDS = 0.5
"""As long as one ring may take when the broker hangs. Forty at once took 1.5 s when each had its own connection."""


class Broker:
    """Stands where a Celery client stands. A ring costs under a millisecond, so that turns cost nothing either."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._turn = threading.Lock()
        self._back_at = 0.0
        self._lost_at: float | None = None

    @property
    def away(self) -> bool:
        """It did not take a message just now."""
        return time.monotonic() < self._back_at

    def takes_messages(self) -> bool:
        """Whether the next one would be taken, as far as can be told: the connection that publishes is asked.

        A server that answers may refuse messages all the same (no right, no memory, a replica): so a message lost
        in the last minute, with none taken since, counts too.
        """
        if not self._turn.acquire(timeout=TURN_SECONDS):
            return False
        try:
            return not self._lost_lately() and self._answers()
        finally:
            self._turn.release()

    def close(self) -> None:
        """Gives its connections back."""
        self._celery.close()

    def _lost_lately(self) -> bool:
        return self._lost_at is not None and time.monotonic() - self._lost_at < LOST_LATELY_SECONDS

    def _answers(self) -> bool:
        try:
            with self._celery.pool.acquire(block=True, timeout=TURN_SECONDS) as connection:
                return bool(connection.default_channel.client.ping())
        except (KombuError, RedisError, OSError):
            return False

    def send_task(self, name: str, args: Sequence[str], headers: Mapping[str, str]) -> None:
        """Raises kombu's OperationalError or OSError, which whoever rings takes for a lost bell."""
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise OperationalError("others are waiting for the broker")
        try:
            if self.away:
                raise OperationalError("the broker was away a moment ago")
            self._send(name, args, headers)
        finally:
            self._turn.release()

    def _send(self, name: str, args: Sequence[str], headers: Mapping[str, str]) -> None:
        try:
            self._celery.send_task(name, args=args, headers=headers)
        except (KombuError, OSError):
            self._lost_at = time.monotonic()
            self._back_at = self._lost_at + LEFT_ALONE_SECONDS
            raise
        self._lost_at = None
