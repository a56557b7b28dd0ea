"""Decides which tasks this process runs itself, right after the task that adds them, without publishing a message.

These are tasks in the queues that the process consumes. A process that consumes only the queue `offers` also sends
their texts. The rows of the tasks are written with a lease of this process. If the process is killed, a sweep
publishes the rows like any other row. Only processes with threads run tasks in this way, because child processes
cannot detect whether Flower, which needs their events, is running.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from celery.utils.saferepr import saferepr

from db.tasks.pending_tasks import ClaimedRow
from outbox.queues import OFFERS, PAYMENTS, QUEUE_OF, REPLIES, TEXTS, lease_of
from worker.task_outcome import Outcome

ALSO = {frozenset({OFFERS}): {TEXTS}}
"""The further queues for a process that consumes exactly these queues. It has no other tasks that a slow carrier
could delay.
"""

SHORT = frozenset({REPLIES, OFFERS, TEXTS, PAYMENTS})
"""The queues of tasks that take only seconds. Other tasks would occupy the thread for too long."""

_leases: Mapping[str, timedelta] = {}
_consumer: Any = None


def read_queues(queues: Iterable[str], *, consumer: Any = None) -> None:
    """Sets the queues that this process reads, and its Celery consumer, which sends the events of its tasks."""
    global _consumer, _leases
    read = frozenset(queues)
    continued = (read | ALSO.get(read, set())) & SHORT
    _leases = {task: lease_of(task) for task, queue in QUEUE_OF.items() if queue in continued}
    _consumer = consumer


def leases() -> Mapping[str, timedelta]:
    """Returns the lease of each task with which this process can continue."""
    return _leases


class ContinuedTask:
    """While Flower is running, sends the events that Celery would send for a published task."""

    def __init__(self, row: ClaimedRow) -> None:
        self._id, self._began = str(uuid4()), time.monotonic()
        self._send("task-received", name=row.name, args=saferepr(row.args), kwargs="{}")
        self._send("task-started")

    def ended(self, outcome: Outcome) -> None:
        self._send("task-succeeded", result=saferepr(outcome), runtime=time.monotonic() - self._began)

    def _send(self, type: str, **fields: object) -> None:
        # Celery replaces the dispatcher whenever it reconnects to Redis.
        events = getattr(_consumer, "event_dispatcher", None)
        if events is not None and events.enabled:
            events.send(type, uuid=self._id, **fields)
