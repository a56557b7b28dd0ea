"""Rings again for what waits, and for no more of it than its queue lacks bells: a full queue is no lost bell.

Without this, an hour without workers would leave sixty bells for each row, and a queue that is slow for a while would
be rung for faster than it empties.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import structlog
from redis.exceptions import RedisError

from bell.queues import QUEUE_OF
from bell.transactions import Transactions
from db import pending_tasks
from db.pending_tasks import Waiting
from worker.gates.redis import Gates

log = structlog.get_logger()


def ring_again(transactions: Transactions, gates: Gates, *, limit: int) -> None:
    """For at most `limit` rows whose bell is overdue; the others of a full queue are looked at again later."""
    with transactions() as session:
        overdue = pending_tasks.due(session, limit=limit)
        if overdue:
            lacking = _lacking(pending_tasks.waiting(session), gates)
            pending_tasks.hand_out(session, list(_unheard(overdue, lacking)))


def _lacking(waiting: Mapping[str, int], gates: Gates) -> Counter[str]:
    """How many bells fewer than waiting rows there are, by queue; without Redis, none is there."""
    rows = Counter[str]()
    for name, count in waiting.items():
        rows[QUEUE_OF.get(name, name)] += count
    try:
        return rows - Counter({queue: _length(gates, queue) for queue in rows})
    except RedisError as error:
        log.warning("queues_uncounted", because=type(error).__name__)
        return rows


def _length(gates: Gates, queue: str) -> int:
    """Kombu keeps a queue as a list of its name."""
    return int(gates.redis.llen(queue))


def _unheard(overdue: Iterable[Waiting], lacking: Counter[str]) -> Iterator[Waiting]:
    for row in overdue:
        queue = QUEUE_OF.get(row.name, row.name)
        if lacking[queue] > 0:
            lacking[queue] -= 1
            yield row
