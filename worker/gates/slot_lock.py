"""`slot_lock:{shopId}:{startsAt}`: one worker at a time changes a slot.

The row lock in Postgres guarantees this; the lock in Redis keeps workers from queueing for it.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import structlog
from redis.exceptions import LockError, RedisError

from telemetry import metrics
from worker.gates.gate_connection import Gates

log = structlog.get_logger()

LOCK_SECONDS = 10.0
"""This is longer than any change takes, and short enough that a killed owner does not block others for long."""

WAIT_SECONDS = 2.0


def key(shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> str:
    """The key of the lock; `starts_at` is in UTC, to the second."""
    at = starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"slot_lock:{shop_id}:{at}" + (f":{performer_id}" if performer_id else "")


@contextlib.contextmanager
def slot_lock(gates: Gates, shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> Iterator[bool]:
    """Yields whether the lock was acquired; the block runs either way, because Postgres has the row lock."""
    lock = gates.redis.lock(
        key(shop_id, starts_at, performer_id), timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.01
    )
    try:
        acquired = lock.acquire()
    except RedisError as error:
        acquired = False
        metrics.GATES_BYPASSED.labels("slot_lock").inc()
        log.warning("gate_bypassed", gate="slot_lock", reason=type(error).__name__)
    try:
        yield acquired
    finally:
        if acquired:
            # Only our own lock is released; after it has expired, the key may belong to another worker.
            with contextlib.suppress(LockError, RedisError):
                lock.release()
