"""For how long a worker that has taken a row has it to itself; after that another may take it."""

from datetime import timedelta

from outbox.queues import JOBS, OFFERS, QUEUE_OF, REPLIES, STATUSES, SWEEPS

LEASE = timedelta(seconds=60)
"""Longer than the slowest call to a provider with all its time-outs."""

SHORTER_LEASES = {queue: timedelta(seconds=15) for queue in (REPLIES, OFFERS, STATUSES)}
"""Where only the database is asked, which answers within seconds: a customer need not wait for a killed worker."""

LIMITS = {name: {"time_limit": 600} for name, queue in QUEUE_OF.items() if queue in (SWEEPS, JOBS)}
"""Seconds until Celery kills the child, where a run may outlast a lease: it takes its rows in small portions."""


def lease_of(task: str) -> timedelta:
    return SHORTER_LEASES.get(QUEUE_OF.get(task, ""), LEASE)
