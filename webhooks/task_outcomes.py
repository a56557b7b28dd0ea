"""Waits for the outcome of a task, which the worker writes to the task's row together with the result."""

import threading
import time
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from db.tasks import pending_tasks
from db.tasks.pending_tasks import StoredOutcome
from outbox.broker import Broker

WAIT_SECONDS = 10.0
MOST_WAITING = 20
"""The maximum number of waiting requests. Each occupies one of the server's threads; the other threads serve
webhooks.
"""

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.05, 1.3
"""The pauses between two reads of the row, in seconds. Most tasks take a few hundredths of a second."""


class TaskOutcomes:
    """Reads the outcomes of tasks for the threads of a process.

    A waiting request uses short transactions and holds no connection between them.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        broker: Broker,
        *,
        seconds: float = WAIT_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._sessions, self._broker, self._seconds = sessions, broker, seconds
        self._places = threading.BoundedSemaphore(most_waiting)

    def of(self, task_id: UUID) -> StoredOutcome | None:
        """Waits for the outcome. Returns None after the timeout, or immediately if too many requests are waiting or
        the broker is unavailable.
        """
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._wait_for(task_id)
        finally:
            self._places.release()

    def _wait_for(self, task_id: UUID) -> StoredOutcome | None:
        ends, pause = time.monotonic() + self._seconds, FIRST_PAUSE
        # While the broker is unavailable, no worker receives the task before a sweep.
        while not self._broker.unavailable and time.monotonic() + pause < ends:
            time.sleep(pause)
            with self._sessions.begin() as session:
                outcome = pending_tasks.outcome(session, task_id)
            if outcome is not None:
                return outcome
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        return None
