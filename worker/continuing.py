"""Decides which tasks this process runs after the task that has written them, instead of publishing a message.

These are tasks whose queue it reads anyway. Their row is written with the lease of this process: if it is killed, a
sweep publishes the row like any other. Only processes with threads continue, because child processes do not know
whether Flower is running and shows their tasks.
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

SHORT = frozenset({REPLIES, OFFERS, TEXTS, PAYMENTS})
"""The queues of tasks that take only seconds. Others would occupy the thread for long."""

_leases: Mapping[str, timedelta] = {}
_consumer: Any = None


def read_queues(queues: Iterable[str], *, consumer: Any = None) -> None:
    """Sets the queues that this process reads, and its Celery consumer, which sends the events of its tasks."""
    global _consumer, _leases
    read = SHORT & set(queues)
    _leases = {task: lease_of(task) for task, queue in QUEUE_OF.items() if queue in read}
    _consumer = consumer


def leases() -> Mapping[str, timedelta]:
    """The lease of each task that this process continues with."""
    return _leases


class ContinuedTask:
    """Sends the events that Celery sends about a task with a message, while Flower is running."""

    def __init__(self, row: ClaimedRow) -> None:
        self._id, self._began = str(uuid4()), time.monotonic()
        self._send("task-received", name=row.name, args=saferepr(row.args), kwargs="{}")
        self._send("task-started")

    def ended(self, outcome: Outcome) -> None:
        self._send("task-succeeded", result=saferepr(outcome), runtime=time.monotonic() - self._began)

    def _send(self, type: str, **fields: object) -> None:
        # The dispatcher is replaced together with the connection to Redis.
        events = getattr(_consumer, "event_dispatcher", None)
        if events is not None and events.enabled:
            events.send(type, uuid=self._id, **fields)
