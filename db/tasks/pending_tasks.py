"""The outbox: rows for tasks to run, written in the transaction that requires them.

A row is added, claimed for the length of a lease, and settled in the transaction that writes the task's result. At
`next_ring_at` a sweep publishes the row again, in case of lost messages, killed workers and postponed tasks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Required, TypedDict, overload
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from db.sessions import Speaker, execute_text

UNPUBLISHED, CONTINUABLE, CONTINUED = "unpublished_rows", "continuable_tasks", "continued_row"

PATIENCE = timedelta(seconds=15)
"""The time after the commit before a sweep publishes an unclaimed row again."""


@dataclass(frozen=True, slots=True)
class UnpublishedRow:
    """An outbox row to publish. `args` are ids."""

    id: UUID
    name: str
    args: list[str]


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A claimed task. `attempts` includes the current attempt; `age` is the time since the row was written."""

    id: UUID
    name: str
    args: list[str]
    attempts: int
    webhook_event_id: UUID | None
    age: timedelta


@dataclass(frozen=True, slots=True)
class NewRow:
    """A task to add. It is skipped if an unsettled row has the same `key`."""

    name: str
    args: tuple[object, ...]
    key: str | None = None
    due_at: datetime | None = None
    webhook_event_id: UUID | None = None
    shop_id: UUID | None = None


def _adding(columns: str = "", values: str = "") -> TextClause:
    return text(f"""
INSERT INTO pending_tasks (id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at{columns})
SELECT new.id, new.shop_id, new.name, new.args, new.key, new.webhook_event_id, coalesce(new.due_at, moment.now),
       coalesce(new.due_at, moment.now + coalesce(new.lease, :patience)){values}
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
         id uuid, shop_id uuid, name text, args jsonb, key text, webhook_event_id uuid, due_at timestamptz,
         lease interval),
       (SELECT clock_timestamp() AS now) moment
ON CONFLICT (key) WHERE settled_at IS NULL DO NOTHING
RETURNING id
""")  # noqa: S608 - constants


ADD = _adding()
# A separate statement, because the database role of the pages is not allowed to write the columns of a claim.
ADD_CLAIMED = _adding(
    ", attempts, lease_until", ", CASE WHEN new.lease IS NULL THEN 0 ELSE 1 END, moment.now + new.lease"
)


@overload
def add(session: Session, name: str, *args: object, key: str, **more: Any) -> UUID | None: ...
@overload
def add(session: Session, name: str, *args: object, key: None = None, **more: Any) -> UUID: ...
def add(session: Session, name: str, *args: object, key: str | None = None, **more: Any) -> UUID | None:
    """Adds a row. `more` are the other fields of `NewRow`. Returns None if an unsettled row has the same `key`."""
    return next(iter(add_all(session, [NewRow(name, args, key=key, **more)])), None)


def add_all(session: Session, new: list[NewRow]) -> list[UUID]:
    """Adds rows, and returns their ids. Skips rows whose `key` an unsettled row already has.

    Rows that are due now can be read with `take_unpublished`, to be published after the commit. The exception is the
    row that the caller continues with (see `continue_with`).
    """
    if not new:
        return []
    rows = {uuid4(): task for task in new}
    continued = _continued(session, rows)
    leases = {continued: session.info[CONTINUABLE][rows[continued].name]} if continued else {}
    lines = json.dumps([_row(id, task, leases.get(id)) for id, task in rows.items()])
    statement = ADD_CLAIMED if continued else ADD
    written = set(session.execute(statement, {"rows": lines, "patience": PATIENCE}).scalars())
    for id, task in rows.items():
        if id not in written or task.due_at is not None:
            continue
        args = [str(arg) for arg in task.args]
        if id == continued:
            session.info[CONTINUED] = ClaimedRow(id, task.name, args, 1, task.webhook_event_id, timedelta())
        else:
            leave_unpublished(session, [UnpublishedRow(id, task.name, args)])
    return [id for id in rows if id in written]


def continue_with(session: Session, leases: Mapping[str, timedelta]) -> None:
    """Lets the caller run one new task itself after the commit, without a message or a separate claim.

    The task is the first that is due now and listed in `leases`. Its row is written as claimed for that lease, and
    can be read with `take_continued`.
    """
    session.info[CONTINUABLE] = leases


def take_continued(session: Session) -> ClaimedRow | None:
    """Removes and returns the row to continue with. Call it after the commit."""
    row: ClaimedRow | None = session.info.pop(CONTINUED, None)
    return row


def _continued(session: Session, rows: Mapping[UUID, NewRow]) -> UUID | None:
    if CONTINUED in session.info:
        return None
    names = session.info.get(CONTINUABLE, {})
    return next((id for id, task in rows.items() if task.name in names and task.due_at is None), None)


def _row(id: UUID, task: NewRow, lease: timedelta | None) -> dict[str, Any]:
    return {
        "id": str(id),
        "shop_id": task.shop_id and str(task.shop_id),
        "name": task.name,
        "args": [str(arg) for arg in task.args],
        "key": task.key,
        "webhook_event_id": task.webhook_event_id and str(task.webhook_event_id),
        "due_at": task.due_at and task.due_at.isoformat(),
        "lease": lease and f"{lease.total_seconds()} seconds",
    }


def leave_unpublished(session: Speaker, rows: list[UnpublishedRow]) -> None:
    """Keeps rows written through this session for `take_unpublished`."""
    session.info.setdefault(UNPUBLISHED, []).extend(rows)


def take_unpublished(session: Speaker) -> list[UnpublishedRow]:
    """Removes and returns the rows added through this session. Publish them after the commit."""
    rows: list[UnpublishedRow] = session.info.pop(UNPUBLISHED, [])
    return rows


CLAIM = text("""
UPDATE ONLY pending_tasks
   SET attempts = attempts + 1, lease_until = (SELECT clock_timestamp()) + :lease,
       next_ring_at = (SELECT clock_timestamp()) + :lease
  FROM set_config('synchronous_commit', 'off', true)
 WHERE id = :id AND settled_at IS NULL AND parked_at IS NULL
   AND due_at <= (SELECT clock_timestamp())
   AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))
RETURNING id, name, args, attempts, webhook_event_id, (SELECT clock_timestamp()) - created_at AS age
""")


def claim(session: Speaker, id: UUID, *, lease: timedelta) -> ClaimedRow | None:
    """Claims the task for the length of the lease. Returns None if it is settled, parked, not due or already claimed.

    The claim is committed asynchronously. If the server crashes, another worker may claim the task before the lease
    ends.
    """
    row = execute_text(session, CLAIM, {"id": id, "lease": lease}).one_or_none()
    return None if row is None else ClaimedRow(*row)


SETTLE = text("""
WITH settled AS (
  DELETE FROM ONLY pending_tasks WHERE id = :id AND settled_at IS NULL RETURNING *
), kept AS (
  INSERT INTO settled_tasks (id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at, attempts,
                             last_error, parked_at, created_at, settled_at, outcome)
  SELECT id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at, attempts,
         last_error, parked_at, created_at, (SELECT clock_timestamp()), CAST(:outcome AS jsonb)
    FROM settled
), handled AS (
  UPDATE webhook_events SET handled_at = (SELECT clock_timestamp()), outcome = :word
   WHERE id = (SELECT webhook_event_id FROM settled) AND handled_at IS NULL
)
SELECT count(*) FROM settled
""")


class LeaseLostError(Exception):
    """Another worker has claimed or settled the task, so the current transaction must be rolled back."""


def settle(session: Session, id: UUID, outcome: Mapping[str, Any]) -> None:
    """Stores the outcome in the current transaction. Raises LeaseLostError if the task is already settled.

    The first result is stored even if the worker's lease has expired. This result is as valid as the result of the
    next holder. Without this rule, a task could never be settled while a high load makes leases expire.
    """
    values = {"id": id, "outcome": json.dumps(outcome), "word": str(outcome.get("outcome", "done"))}
    if session.execute(SETTLE, values).scalar_one() != 1:
        raise LeaseLostError(str(id))


OUTCOME = text("SELECT outcome FROM pending_tasks WHERE id = :id")


class StoredOutcome(TypedDict, total=False):
    """The outcome of a settled task in a few words, its reason, and the response to a caller that waits for it."""

    outcome: Required[str]
    reason: str | None
    answer: dict[str, Any]


def outcome(session: Session, id: UUID) -> StoredOutcome | None:
    """Returns the outcome of a task, or None if the task is not settled."""
    found: StoredOutcome | None = session.execute(OUTCOME, {"id": id}).scalar_one_or_none()
    return found


# Each claim increments `attempts`, so a different number means that another worker has claimed the row.
LATER = text("""
UPDATE ONLY pending_tasks
   SET due_at = (SELECT clock_timestamp()) + :delay, next_ring_at = (SELECT clock_timestamp()) + :delay,
       lease_until = NULL, attempts = attempts - :forgiven, last_error = :error
 WHERE id = :id AND settled_at IS NULL AND parked_at IS NULL AND attempts = :attempts
RETURNING id
""")


def retry_later(
    session: Session, id: UUID, *, attempts: int, delay: timedelta, error: str, forgiven: bool = False
) -> None:
    """Releases the task and makes it due after `delay`. Raises LeaseLostError if another worker has claimed it.

    `attempts`: the value from the caller's claim. `forgiven`: the failure was transient and is not counted.
    """
    values = {"id": id, "attempts": attempts, "delay": delay, "error": error[:500], "forgiven": int(forgiven)}
    if session.execute(LATER, values).one_or_none() is None:
        raise LeaseLostError(str(id))


PARK = text("""
UPDATE ONLY pending_tasks SET parked_at = (SELECT clock_timestamp()), lease_until = NULL, last_error = :error
 WHERE id = :id AND settled_at IS NULL AND attempts = :attempts
RETURNING shop_id
""")


def park(session: Session, id: UUID, error: str, *, attempts: int) -> UUID | None:
    """Parks the task, so that it is no longer published. Returns the task's shop, if known.

    `attempts`: the value from the caller's claim. Raises LeaseLostError if another worker has claimed the task.
    """
    row = session.execute(PARK, {"id": id, "attempts": attempts, "error": error[:500]}).one_or_none()
    if row is None:
        raise LeaseLostError(str(id))
    shop_id: UUID | None = row.shop_id
    return shop_id
