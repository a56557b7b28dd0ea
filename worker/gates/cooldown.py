"""`offer_cooldown:{customerId}`: while this key exists, the customer gets no other offer. The value is the offer's
id.

The key is claimed for a short time before the commit and for the full cooldown after it. A refusal is confirmed in
the database, which stores the cooldown with the offer.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from telemetry import metrics
from telemetry.error_origin import reason_of
from worker.gates.gate_connection import Gates

log = structlog.get_logger()

CLAIM_SECONDS = 30


def key(customer_id: UUID) -> str:
    return f"offer_cooldown:{customer_id}"


def claim(gates: Gates, customer_id: UUID, offer_id: UUID) -> bool:
    """Claims the cooldown.

    Returns False if the cooldown is already claimed. Returns True if Redis is unavailable, because the database has
    been checked.
    """
    try:
        return bool(gates.redis.set(key(customer_id), str(offer_id), nx=True, ex=CLAIM_SECONDS))
    except RedisError as error:
        _bypass(error)
        return True


def claimed_just_now(gates: Gates, customer_id: UUID) -> bool:
    """Whether the claim belongs to another search, whose offer is not committed yet.

    Returns False if Redis is unavailable.
    """
    try:
        return 0 < int(gates.redis.ttl(key(customer_id))) <= CLAIM_SECONDS
    except RedisError as error:
        _bypass(error)
        return False


def keep(gates: Gates, customer_id: UUID, offer_id: UUID, cooldown: timedelta) -> None:
    """Sets the full cooldown after the commit. Zero deletes the key, because Redis rejects `EX 0`."""
    seconds = int(cooldown.total_seconds())
    try:
        if seconds > 0:
            gates.redis.set(key(customer_id), str(offer_id), ex=seconds)
        else:
            gates.redis.delete(key(customer_id))
    except RedisError as error:
        _bypass(error)


def forget(gates: Gates, customer_id: UUID) -> None:
    """Deletes the cooldown of a customer whose text was not delivered."""
    try:
        gates.redis.delete(key(customer_id))
    except RedisError as error:
        _bypass(error)


def _bypass(error: RedisError) -> None:
    metrics.GATES_BYPASSED.labels("offer_cooldown").inc()
    log.warning("gate_bypassed", gate="offer_cooldown", reason=reason_of(error))
