"""Waiting for what a task comes to: its outcome is in its row, written with the result."""

import threading
import time
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from db import pending_tasks
from webhooks.broker import Broker

WAIT_SECONDS = 10.0
PLACES = 20
"""Who waits holds a thread of the server, which has 32: the others are for webhooks, which must not wait for jobs."""

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.05, 1.3
"""Seconds between two looks at the row. Most tasks take a few hundredths of a second."""


class TaskOutcomes:
    """Shared by the threads of a process; each wait uses short transactions and holds no connection in between."""

    def __init__(
        self, sessions: sessionmaker[Session], broker: Broker, *, seconds: float = WAIT_SECONDS, places: int = PLACES
    ) -> None:
        self._sessions, self._broker, self._seconds = sessions, broker, seconds
        self._places = threading.BoundedSemaphore(places)

    def of(self, task_id: UUID) -> dict[str, Any] | None:
        """None when it wasn't there in time, and at once when there is no place or no broker to wait for."""
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._wait_for(task_id)
        finally:
            self._places.release()

    def _wait_for(self, task_id: UUID) -> dict[str, Any] | None:
        ends, pause = time.monotonic() + self._seconds, FIRST_PAUSE
        # With the broker away no worker hears of the task before a sweep does.
        while not self._broker.away and time.monotonic() + pause < ends:
            time.sleep(pause)
            with self._sessions.begin() as session:
                outcome = pending_tasks.outcome(session, task_id)
            if outcome is not None:
                return outcome
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        return None
