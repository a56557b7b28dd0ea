"""`slot_lock:{shopId}:{startsAt}`: only one worker at a time changes a slot.

The row lock in Postgres guarantees this. The lock in Redis keeps workers from queueing for the row lock.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import structlog
from redis.exceptions import LockError, RedisError

from telemetry import metrics
from telemetry.error_origin import reason_of
from worker.gates.gate_connection import Gates

log = structlog.get_logger()

LOCK_SECONDS = 10.0
"""The lifetime of a lock. No change takes this long, and a killed owner does not block other workers much longer."""

WAIT_SECONDS = 2.0


def key(shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> str:
    """Returns the key of the lock, which contains `starts_at` in UTC, to the second."""
    at = starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"slot_lock:{shop_id}:{at}" + (f":{performer_id}" if performer_id else "")


@contextlib.contextmanager
def slot_lock(gates: Gates, shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> Iterator[bool]:
    """Yields whether the lock was acquired. The block runs in either case, because Postgres has the row lock."""
    lock = gates.redis.lock(
        key(shop_id, starts_at, performer_id), timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.01
    )
    try:
        acquired = lock.acquire()
    except RedisError as error:
        acquired = False
        metrics.GATES_BYPASSED.labels("slot_lock").inc()
        log.warning("gate_bypassed", gate="slot_lock", reason=reason_of(error))
    try:
        yield acquired
    finally:
        if acquired:
            # This releases only our own lock. After our lock has expired, the key may belong to another worker.
            with contextlib.suppress(LockError, RedisError):
                lock.release()
