"""How long a worker owns a claimed row. After that another worker may claim it."""

from datetime import timedelta

from outbox.queues import JOBS, OFFERS, QUEUE_OF, REPLIES, STATUSES, SWEEPS

LEASE = timedelta(seconds=60)
"""This is longer than the slowest call to a provider, including all its timeouts."""

SHORTER_LEASES = {queue: timedelta(seconds=15) for queue in (REPLIES, OFFERS, STATUSES)}
"""For tasks that use only the database: after a crash, the customer waits 15 seconds instead of 60."""

LIMITS = {name: {"time_limit": 600} for name, queue in QUEUE_OF.items() if queue in (SWEEPS, JOBS)}
"""Seconds until Celery kills the child, for tasks that may outlast a lease because they work in small batches."""


def lease_of(task: str) -> timedelta:
    return SHORTER_LEASES.get(QUEUE_OF.get(task, ""), LEASE)
