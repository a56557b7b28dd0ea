"""Tasks that are due to be published again, claimable, or parked for an operator."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.tasks.pending_tasks import UnpublishedRow

REPEAT = timedelta(seconds=60)
"""The time until a sweep publishes the same row again. It exceeds `PATIENCE`, because queues can be long."""

PUBLISH_AGAIN = text("""
UPDATE ONLY pending_tasks SET next_ring_at = (SELECT clock_timestamp()) + :repeat
 WHERE id IN (
   SELECT id FROM ONLY pending_tasks
    WHERE settled_at IS NULL AND parked_at IS NULL AND next_ring_at <= (SELECT clock_timestamp())
    ORDER BY next_ring_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, name, args
""")


def due(session: Session, *, limit: int) -> list[UnpublishedRow]:
    """Returns the rows to publish, and postpones their next publication, so that two sweeps don't publish the same
    row.
    """
    return [UnpublishedRow(*row) for row in session.execute(PUBLISH_AGAIN, {"limit": limit, "repeat": REPEAT})]


WAITING = text("""
SELECT name, count(*) FROM ONLY pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
 GROUP BY name
""")


def waiting(session: Session) -> dict[str, int]:
    """Returns the number of claimable tasks for each name."""
    return dict(session.execute(WAITING).all())


CLAIMABLE = text("""
SELECT id, name, args FROM ONLY pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
 ORDER BY due_at LIMIT :limit
""")


def claimable(session: Session, *, limit: int) -> list[UnpublishedRow]:
    """Returns the tasks that can be claimed now, whether or not they have been published."""
    return [UnpublishedRow(*row) for row in session.execute(CLAIMABLE, {"limit": limit})]


UNSETTLED = text("""
SELECT id, name, args FROM ONLY pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND name = ANY(:names) ORDER BY created_at, id
""")


def unsettled(session: Session, names: Sequence[str]) -> list[UnpublishedRow]:
    """Returns the tasks with these names that are waiting or running, oldest first."""
    return [UnpublishedRow(*row) for row in session.execute(UNSETTLED, {"names": list(names)})]


UNPARK = text("""
UPDATE ONLY pending_tasks
   SET parked_at = NULL, attempts = 0, lease_until = NULL, due_at = (SELECT clock_timestamp()),
       next_ring_at = (SELECT clock_timestamp())
 WHERE id = :id AND settled_at IS NULL
RETURNING id, name, args
""")


def unpark(session: Session, id: UUID) -> UnpublishedRow | None:
    """Makes a parked or postponed task due now and resets its attempts. Returns None if it is settled."""
    row = session.execute(UNPARK, {"id": id}).one_or_none()
    return None if row is None else UnpublishedRow(*row)
