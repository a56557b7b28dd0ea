"""Rings again for what waits, and for no more of it than its queue lacks bells: a full queue is no lost bell.

Without this, an hour without workers would leave sixty bells for each row, and a queue that is slow for a while would
be rung for faster than it empties.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import structlog
from redis.exceptions import RedisError

from db import pending_tasks
from db.pending_tasks import UnpublishedRow
from outbox.queues import QUEUE_OF, QUEUES
from outbox.transactions import Transactions
from worker.gates.gate_connection import Gates

log = structlog.get_logger()


def republish(transactions: Transactions, gates: Gates, *, limit: int) -> None:
    """For at most `limit` rows whose bell is overdue; the others of a full queue are looked at again later."""
    bells = _bells(gates)
    with transactions() as session:
        overdue = pending_tasks.due(session, limit=limit)
        if overdue:
            lacking = _by_queue(pending_tasks.waiting(session)) - bells
            pending_tasks.leave_unpublished(session, list(_unheard(overdue, lacking)))


def _bells(gates: Gates) -> Counter[str]:
    """How many bells nobody has heard yet, by queue; without Redis, there are none. Kombu's queues are lists."""
    try:
        return Counter({queue: int(gates.redis.llen(queue)) for queue in QUEUES})
    except RedisError as error:
        log.warning("queues_uncounted", reason=type(error).__name__)
        return Counter()


def _by_queue(waiting: Mapping[str, int]) -> Counter[str]:
    rows = Counter[str]()
    for name, count in waiting.items():
        rows[_queue_of(name)] += count
    return rows


def _queue_of(name: str) -> str:
    return QUEUE_OF.get(name, name)


def _unheard(overdue: Iterable[UnpublishedRow], lacking: Counter[str]) -> Iterator[UnpublishedRow]:
    for row in overdue:
        queue = _queue_of(row.name)
        if lacking[queue] > 0:
            lacking[queue] -= 1
            yield row
