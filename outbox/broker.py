"""The web process's access to the broker, with one publish at a time and a pause after a failure."""

import threading
import time
from collections.abc import Mapping, Sequence

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

PAUSE_SECONDS = 1.0
"""The pause in publishing after a failure, so that the webhooks of a burst do not each wait for a timeout.

A sweep publishes the skipped rows.
"""

RECENT_FAILURE_SECONDS = 60.0

LOCK_SECONDS = 0.5
"""The maximum wait for another thread's publish.

All threads share one connection, because 40 threads with separate connections were blocked for 1.5 s while the broker
hung.
"""


class Broker:
    """Has the interface of a Celery client. A publish takes less than a millisecond, so the lock causes no delay."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._lock = threading.Lock()
        self._pause_ends_at = 0.0
        self._failed_at: float | None = None

    @property
    def unavailable(self) -> bool:
        """Whether a publish failed less than PAUSE_SECONDS ago."""
        return time.monotonic() < self._pause_ends_at

    def takes_messages(self) -> bool:
        """Pings Redis over the publishing connection. Returns whether the next publish would probably succeed.

        A server that replies may still refuse messages (no permission, no memory, a replica). Therefore, the result
        is also False after a failed publish in the last minute without a later success.
        """
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            return False
        try:
            return not self._failed_recently() and self._answers()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Closes the connections."""
        self._celery.close()

    def _failed_recently(self) -> bool:
        return self._failed_at is not None and time.monotonic() - self._failed_at < RECENT_FAILURE_SECONDS

    def _answers(self) -> bool:
        try:
            with self._celery.pool.acquire(block=True, timeout=LOCK_SECONDS) as connection:
                return bool(connection.default_channel.client.ping())
        except (KombuError, RedisError, OSError):
            return False

    def send_task(
        self, name: str, args: Sequence[str], headers: Mapping[str, str], declare: Sequence[object] | None = None
    ) -> None:
        """Publishes the task. `declare`: the queues to declare, or None for the task's queue.

        Raises kombu's OperationalError or OSError if the message is not accepted.
        """
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            raise OperationalError("others are waiting for the broker")
        try:
            if self.unavailable:
                raise OperationalError("the broker was unavailable a moment ago")
            self._send(name, args, headers, declare)
        finally:
            self._lock.release()

    def _send(
        self, name: str, args: Sequence[str], headers: Mapping[str, str], declare: Sequence[object] | None
    ) -> None:
        try:
            self._celery.send_task(name, args=args, headers=headers, declare=declare)
        except (KombuError, OSError):
            self._failed_at = time.monotonic()
            self._pause_ends_at = self._failed_at + PAUSE_SECONDS
            raise
        self._failed_at = None
