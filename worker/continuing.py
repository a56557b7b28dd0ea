"""Which tasks this process continues with after the task that has written them, instead of publishing a message.

Those whose queue it reads anyway. Their row is written with the lease of this process: if it is killed, a sweep
publishes the row like any other.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from outbox.queues import OFFERS, PAYMENTS, QUEUE_OF, REPLIES, TEXTS
from worker.leases import lease_of

SHORT = frozenset({REPLIES, OFFERS, TEXTS, PAYMENTS})
"""The queues of tasks that are over in seconds. Others would keep the thread, or the child, for long."""

_leases: Mapping[str, timedelta] = {}


def read_queues(queues: Iterable[str]) -> None:
    """Sets the queues that this process reads: before the fork of its children."""
    global _leases
    read = SHORT & set(queues)
    _leases = {task: lease_of(task) for task, queue in QUEUE_OF.items() if queue in read}


def leases() -> Mapping[str, timedelta]:
    """The lease of each task that this process continues with."""
    return _leases
