"""`slot_lock:{shopId}:{startsAt}`: one worker at a time decides about a slot.

The row lock in Postgres does the same, and for good; this one keeps the others from queueing up there.
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

OWNED_SECONDS = 10.0
"""Longer than any decision takes, so that a killed owner holds nobody up for long."""

WAIT_SECONDS = 2.0


def key(shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> str:
    """The lock's name; `starts_at` to the second, in UTC."""
    at = starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"slot_lock:{shop_id}:{at}" + (f":{performer_id}" if performer_id else "")


@contextlib.contextmanager
def slot_lock(gates: Gates, shop_id: UUID, starts_at: datetime, performer_id: UUID | None) -> Iterator[bool]:
    """Whether the lock was ours during the block. It goes on without it: Postgres guards the rest."""
    lock = gates.redis.lock(
        key(shop_id, starts_at, performer_id), timeout=OWNED_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.01
    )
    try:
        held = lock.acquire()
    except RedisError as error:
        held = False
        metrics.GATES_OPEN.labels("slot_lock").inc()
        log.warning("gate_open", gate="slot_lock", reason=type(error).__name__)
    try:
        yield held
    finally:
        if held:
            # Only its owner releases it; one that ran out meanwhile may be somebody else's by now.
            with contextlib.suppress(LockError, RedisError):
                lock.release()
