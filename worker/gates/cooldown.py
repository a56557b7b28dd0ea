"""`offer_cooldown:{customerId}`: who was asked is left alone for a while. Its value is the offer's id.

A short claim before the commit, the full time after it. A "no" is confirmed against the database, which remembers the
same on the offer itself.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from telemetry import metrics
from worker.gates.gate_connection import Gates

log = structlog.get_logger()

CLAIM_SECONDS = 30


def key(customer_id: UUID) -> str:
    return f"offer_cooldown:{customer_id}"


def claim(gates: Gates, customer_id: UUID, offer_id: UUID) -> bool:
    """Whether the gate let us pass. True without Redis: the database has been asked before."""
    try:
        return bool(gates.redis.set(key(customer_id), str(offer_id), nx=True, ex=CLAIM_SECONDS))
    except RedisError as error:
        _open(error)
        return True


def keep(gates: Gates, customer_id: UUID, offer_id: UUID, cooldown: timedelta) -> None:
    """The offer is committed: the full time. A cooldown of zero needs no gate, and Redis takes no `EX 0`."""
    seconds = int(cooldown.total_seconds())
    try:
        if seconds > 0:
            gates.redis.set(key(customer_id), str(offer_id), ex=seconds)
        else:
            gates.redis.delete(key(customer_id))
    except RedisError as error:
        _open(error)


def forget(gates: Gates, customer_id: UUID) -> None:
    """The text could not reach this customer: nobody was asked, so nobody needs a rest."""
    try:
        gates.redis.delete(key(customer_id))
    except RedisError as error:
        _open(error)


def _open(error: RedisError) -> None:
    metrics.GATES_OPEN.labels("offer_cooldown").inc()
    log.warning("gate_open", gate="offer_cooldown", reason=type(error).__name__)
