"""Pending work for operators: unsettled tasks by state, and unhandled webhooks."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

LATE = dt.timedelta(minutes=2)
"""The time after which due work is late. Allows for the broker message, the periodic tick and the sweep."""


class TaskState(StrEnum):
    PARKED = "parked"
    """Waits for an operator after too many failed attempts."""
    RUNNING = "running"
    """Claimed by a worker."""
    LATE = "late"
    WAITING = "waiting"
    """Not due yet, or due for less than LATE."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An unsettled task. Times are UTC. `late_seconds` is negative before the task is due."""

    id: UUID
    shop_id: UUID | None
    name: str
    args: list[Any]
    state: TaskState
    due_at: dt.datetime
    late_seconds: float
    attempts: int
    last_error: str | None
    webhook_event_id: UUID | None


STATE = """
CASE WHEN parked_at IS NOT NULL THEN 'parked'
     WHEN lease_until > (SELECT clock_timestamp()) THEN 'running'
     WHEN due_at <= (SELECT clock_timestamp()) - CAST(:late AS interval) THEN 'late'
     ELSE 'waiting' END
"""
UNSETTLED = text(f"""
SELECT id, shop_id, name, args, state, due_at,
       extract(epoch FROM (SELECT clock_timestamp()) - due_at)::float AS late_seconds, attempts, last_error,
       webhook_event_id
  FROM (SELECT *, {STATE} AS state FROM ONLY pending_tasks WHERE settled_at IS NULL) task
 WHERE (CAST(:states AS text[]) IS NULL OR state = ANY(CAST(:states AS text[])))
   AND (CAST(:name AS text) IS NULL OR name = CAST(:name AS text))
 ORDER BY due_at LIMIT :limit
""")  # noqa: S608 - built from the constant above
UNHANDLED = text("""
SELECT provider, count(*) AS times, min(received_at) AS oldest,
       extract(epoch FROM (SELECT clock_timestamp()) - min(received_at))::float AS seconds
  FROM webhook_events
 WHERE handled_at IS NULL AND received_at <= (SELECT clock_timestamp()) - CAST(:late AS interval)
 GROUP BY provider ORDER BY provider
""")


def unsettled(
    session: Session, *, limit: int, states: tuple[TaskState, ...] | None = None, name: str | None = None
) -> list[OpenTask]:
    """Returns unsettled tasks of all shops, longest due first. A filter of None means no restriction."""
    listed = None if states is None else [state.value for state in states]
    rows = session.execute(UNSETTLED, {"limit": limit, "states": listed, "name": name, "late": LATE}).mappings()
    return [OpenTask(**{**row, "state": TaskState(row["state"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class UnhandledWebhooks:
    """The overdue unhandled webhooks of one provider."""

    provider: str
    times: int
    oldest: dt.datetime
    seconds: float


def unhandled(session: Session) -> list[UnhandledWebhooks]:
    return [UnhandledWebhooks(*row) for row in session.execute(UNHANDLED, {"late": LATE})]


OVERDUE_DELIVERIES = text("""
SELECT count(*) AS times, extract(epoch FROM (SELECT clock_timestamp()) - min(d.next_attempt_at))::float AS seconds
  FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_endpoint_id
 WHERE d.status = 'pending' AND e.status = 'enabled' AND e.deleted_at IS NULL
   AND d.next_attempt_at <= (SELECT clock_timestamp()) - CAST(:late AS interval)
""")
FAILING_ENDPOINTS = text("""
SELECT id, extract(epoch FROM (SELECT clock_timestamp()) - failing_since)::float AS seconds FROM webhook_endpoints
 WHERE failing_since IS NOT NULL AND status = 'enabled' AND deleted_at IS NULL ORDER BY failing_since LIMIT 20
""")


@dataclass(frozen=True, slots=True)
class OverdueDeliveries:
    """Overdue deliveries to webhook endpoints. `seconds` is the delay of the oldest delivery."""

    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FailingEndpoint:
    """A webhook endpoint that has accepted nothing for `seconds`."""

    id: UUID
    seconds: float


def overdue_deliveries(session: Session) -> OverdueDeliveries | None:
    """Returns the overdue deliveries, or None if there are none."""
    row = session.execute(OVERDUE_DELIVERIES, {"late": LATE}).one()
    return OverdueDeliveries(row.times, row.seconds) if row.times else None


def failing_endpoints(session: Session) -> list[FailingEndpoint]:
    """Returns at most 20 endpoints, ordered by the time for which they have failed, longest first."""
    return [FailingEndpoint(*row) for row in session.execute(FAILING_ENDPOINTS)]
