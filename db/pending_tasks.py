"""The outbox: rows that say what must happen next, written with what calls for it.

A row is added, claimed for the length of a lease, and settled in the transaction of its result. `next_ring_at` is
when a sweep rings for it if nobody has: a lost bell, a killed worker and a postponed task are one and the same case.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, overload
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sessions import Speaker

BELLS = "bells"

PATIENCE = timedelta(seconds=15)
"""How long the bell rung after the commit is given before a sweep rings again."""

REPEAT = timedelta(seconds=60)
"""How long a sweep's own bell is given; longer, since a full queue is no lost bell."""


@dataclass(frozen=True, slots=True)
class UnpublishedRow:
    """A task to ring for. `args` are ids."""

    id: UUID
    name: str
    args: list[str]


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A task that is ours until its lease is over. `attempts` counts this one; `age`: since it was written."""

    id: UUID
    name: str
    args: list[str]
    attempts: int
    webhook_event_id: UUID | None
    age: timedelta


@dataclass(frozen=True, slots=True)
class NewRow:
    """A task to be written. `key`: while an unsettled row has it, this one is superfluous."""

    name: str
    args: tuple[object, ...]
    key: str | None = None
    due_at: datetime | None = None
    webhook_event_id: UUID | None = None
    shop_id: UUID | None = None


ADD = text("""
INSERT INTO pending_tasks (id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at)
SELECT new.id, new.shop_id, new.name, new.args, new.key, new.webhook_event_id, coalesce(new.due_at, moment.now),
       coalesce(new.due_at, moment.now + :patience)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
         id uuid, shop_id uuid, name text, args jsonb, key text, webhook_event_id uuid, due_at timestamptz),
       (SELECT clock_timestamp() AS now) moment
ON CONFLICT (key) WHERE settled_at IS NULL DO NOTHING
RETURNING id
""")


@overload
def add(session: Session, name: str, *args: object, key: str, **more: Any) -> UUID | None: ...
@overload
def add(session: Session, name: str, *args: object, key: None = None, **more: Any) -> UUID: ...
def add(session: Session, name: str, *args: object, key: str | None = None, **more: Any) -> UUID | None:
    """Writes one row; `more` are the other fields of `New`. None where `key` made it superfluous."""
    return next(iter(add_all(session, [NewRow(name, args, key=key, **more)])), None)


def add_all(session: Session, new: list[NewRow]) -> list[UUID]:
    """Writes rows; `take_bells` hands them out for ringing after the commit unless they are due later.

    The ids of those that were written: not of one that its `key` made superfluous.
    """
    if not new:
        return []
    ids = [uuid4() for _ in new]
    rows = json.dumps([_row(id, task) for id, task in zip(ids, new, strict=True)])
    written = set(session.execute(ADD, {"rows": rows, "patience": PATIENCE}).scalars())
    hand_out(
        session,
        [
            UnpublishedRow(id, task.name, [str(arg) for arg in task.args])
            for id, task in zip(ids, new, strict=True)
            if id in written and task.due_at is None
        ],
    )
    return [id for id in ids if id in written]


def _row(id: UUID, task: NewRow) -> dict[str, Any]:
    return {
        "id": str(id),
        "shop_id": task.shop_id and str(task.shop_id),
        "name": task.name,
        "args": [str(arg) for arg in task.args],
        "key": task.key,
        "webhook_event_id": task.webhook_event_id and str(task.webhook_event_id),
        "due_at": task.due_at and task.due_at.isoformat(),
    }


def hand_out(session: Speaker, rows: list[UnpublishedRow]) -> None:
    """Leaves rows that were written through this session for `take_bells`."""
    session.info.setdefault(BELLS, []).extend(rows)


def take_unpublished(session: Speaker) -> list[UnpublishedRow]:
    """The rows added through this session since the last call, for ringing once they are committed."""
    bells: list[UnpublishedRow] = session.info.pop(BELLS, [])
    return bells


CLAIM = text("""
UPDATE pending_tasks
   SET attempts = attempts + 1, lease_until = (SELECT clock_timestamp()) + :lease,
       next_ring_at = (SELECT clock_timestamp()) + :lease
 WHERE id = :id AND settled_at IS NULL AND parked_at IS NULL
   AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
RETURNING id, name, args, attempts, webhook_event_id, (SELECT clock_timestamp()) - created_at AS age
""")


def claim(session: Session, id: UUID, *, lease: timedelta) -> ClaimedRow | None:
    """Makes the task ours for the length of the lease; None when it is done, parked, not due or somebody else's."""
    row = session.execute(CLAIM, {"id": id, "lease": lease}).one_or_none()
    return None if row is None else ClaimedRow(*row)


SETTLE = text("""
WITH settled AS (
  UPDATE pending_tasks
     SET settled_at = (SELECT clock_timestamp()), outcome = CAST(:outcome AS jsonb), lease_until = NULL
   WHERE id = :id AND settled_at IS NULL
  RETURNING id, webhook_event_id
), handled AS (
  UPDATE webhook_events SET handled_at = (SELECT clock_timestamp()), outcome = :word
   WHERE id = (SELECT webhook_event_id FROM settled) AND handled_at IS NULL
)
SELECT count(*) FROM settled
""")


class LeaseLostError(Exception):
    """Another worker has the task now, or has settled it: what we did in this transaction must not count."""


def settle(session: Session, id: UUID, outcome: dict[str, Any]) -> None:
    """Writes the outcome, in the transaction of the result. Raises NoLongerOursError: then roll back.

    The first result counts, also one that is brought after its lease: it is as true as the next holder's would be,
    and under a load where leases run out somebody has to come to an end.
    """
    values = {"id": id, "outcome": json.dumps(outcome), "word": str(outcome.get("outcome", "done"))}
    if session.execute(SETTLE, values).scalar_one() != 1:
        raise LeaseLostError(str(id))


OUTCOME = text("SELECT outcome FROM pending_tasks WHERE id = :id")


def outcome(session: Session, id: UUID) -> dict[str, Any] | None:
    """What came of it; None while it isn't settled."""
    found: dict[str, Any] | None = session.execute(OUTCOME, {"id": id}).scalar_one_or_none()
    return found


# Each claim raises `attempts`: who comes with an older number finds the row in another worker's hands, and must not
# take it from there.
LATER = text("""
UPDATE pending_tasks
   SET due_at = (SELECT clock_timestamp()) + :delay, next_ring_at = (SELECT clock_timestamp()) + :delay,
       lease_until = NULL, attempts = attempts - :forgiven, last_error = :error
 WHERE id = :id AND settled_at IS NULL AND parked_at IS NULL AND attempts = :attempts
RETURNING id
""")


def retry_later(
    session: Session, id: UUID, *, attempts: int, delay: timedelta, error: str, forgiven: bool = False
) -> None:
    """Gives the task back, due after `delay`. Raises NoLongerOursError: then roll back.

    `attempts`: those of our claim. `forgiven`: weather elsewhere, this attempt doesn't count.
    """
    values = {"id": id, "attempts": attempts, "delay": delay, "error": error[:500], "forgiven": int(forgiven)}
    if session.execute(LATER, values).one_or_none() is None:
        raise LeaseLostError(str(id))


PARK = text("""
UPDATE pending_tasks SET parked_at = (SELECT clock_timestamp()), lease_until = NULL, last_error = :error
 WHERE id = :id AND settled_at IS NULL AND attempts = :attempts
RETURNING shop_id
""")
UNPARK = text("""
UPDATE pending_tasks
   SET parked_at = NULL, attempts = 0, lease_until = NULL, due_at = (SELECT clock_timestamp()),
       next_ring_at = (SELECT clock_timestamp())
 WHERE id = :id AND settled_at IS NULL
RETURNING id, name, args
""")


def park(session: Session, id: UUID, error: str, *, attempts: int) -> UUID | None:
    """Sets the task aside for a human: it is no longer rung for. Answers its shop, where it is known.

    `attempts`: those of our claim. Raises NoLongerOursError: then roll back.
    """
    row = session.execute(PARK, {"id": id, "attempts": attempts, "error": error[:500]}).one_or_none()
    if row is None:
        raise LeaseLostError(str(id))
    shop_id: UUID | None = row.shop_id
    return shop_id


def unpark(session: Session, id: UUID) -> UnpublishedRow | None:
    """Gives a parked or postponed task a fresh start, at once; None when there is nothing to do any more."""
    row = session.execute(UNPARK, {"id": id}).one_or_none()
    return None if row is None else UnpublishedRow(*row)


RING = text("""
UPDATE pending_tasks SET next_ring_at = (SELECT clock_timestamp()) + :repeat
 WHERE id IN (
   SELECT id FROM pending_tasks
    WHERE settled_at IS NULL AND parked_at IS NULL AND next_ring_at <= (SELECT clock_timestamp())
    ORDER BY next_ring_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, name, args
""")


def due(session: Session, *, limit: int) -> list[UnpublishedRow]:
    """Takes the rows whose bell is due, so that two sweeps don't ring for the same one."""
    return [UnpublishedRow(*row) for row in session.execute(RING, {"limit": limit, "repeat": REPEAT})]


WAITING = text("""
SELECT name, count(*) FROM pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
 GROUP BY name
""")


def waiting(session: Session) -> dict[str, int]:
    """How many could be claimed now, by name."""
    return dict(session.execute(WAITING).all())


CLAIMABLE = text("""
SELECT id, name, args FROM pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
 ORDER BY due_at LIMIT :limit
""")


def claimable(session: Session, *, limit: int) -> list[UnpublishedRow]:
    """What could be claimed now, whether or not somebody has been rung for it."""
    return [UnpublishedRow(*row) for row in session.execute(CLAIMABLE, {"limit": limit})]
