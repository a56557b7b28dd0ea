"""The broker as the doors ring it: one ring at a time, and left alone for a moment after it was away."""

import threading
import time
from collections.abc import Mapping, Sequence

from celery import Celery
from kombu.exceptions import KombuError, OperationalError

LEFT_ALONE_SECONDS = 1.0
"""After a lost bell. A sweep rings again anyway; a burst of webhooks must not wait for one silence one by one."""

TURN_SECONDS = 0.5
"""As long as one ring may take when the broker hangs. Forty at once took 1.5 s when each had its own connection."""


class Broker:
    """Stands where a Celery client stands. A ring costs under a millisecond, so that turns cost nothing either."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._turn = threading.Lock()
        self._back_at = 0.0

    @property
    def away(self) -> bool:
        """It did not take a message just now."""
        return time.monotonic() < self._back_at

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
            self._back_at = time.monotonic() + LEFT_ALONE_SECONDS
            raise
