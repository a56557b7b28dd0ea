"""Publishes overdue rows again, at most as many as are missing from their queue.

The messages of a long queue are not lost. Without this limit, each row would have sixty messages after an hour
without workers, and a slow queue would grow faster than workers drain it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import structlog
from redis.exceptions import RedisError

from db.tasks import pending_tasks, waiting_tasks
from db.tasks.pending_tasks import UnpublishedRow
from outbox.queues import QUEUE_OF, QUEUES
from outbox.transactions import Transactions
from telemetry.error_origin import reason_of
from worker.gates.gate_connection import Gates

log = structlog.get_logger()


def republish(transactions: Transactions, gates: Gates, *, limit: int) -> None:
    """Publishes at most `limit` overdue rows. Later calls check the remaining rows again."""
    queued = queue_lengths(gates)
    with transactions() as session:
        overdue = waiting_tasks.due(session, limit=limit)
        if overdue:
            lacking = _by_queue(waiting_tasks.waiting(session)) - queued
            pending_tasks.leave_unpublished(session, list(_without_message(overdue, lacking)))


def queue_lengths(gates: Gates, queues: Iterable[str] = QUEUES) -> Counter[str]:
    """Returns the number of messages in each queue (a list in Redis); empty while Redis is unavailable."""
    try:
        return Counter({queue: int(gates.redis.llen(queue)) for queue in queues})
    except RedisError as error:
        log.warning("queue_lengths_unknown", reason=reason_of(error))
        return Counter()


def _by_queue(waiting: Mapping[str, int]) -> Counter[str]:
    rows = Counter[str]()
    for name, count in waiting.items():
        rows[_queue_of(name)] += count
    return rows


def _queue_of(name: str) -> str:
    return QUEUE_OF.get(name, name)


def _without_message(overdue: Iterable[UnpublishedRow], lacking: Counter[str]) -> Iterator[UnpublishedRow]:
    for row in overdue:
        queue = _queue_of(row.name)
        if lacking[queue] > 0:
            lacking[queue] -= 1
            yield row
