"""Due deliveries of events to webhook endpoints. They are claimed for the length of a lease, then recorded.

A claim moves `next_attempt_at` to the end of the lease, so that a delivery whose worker was killed is due again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.webhooks.events import RecordedEvent

LEASE = dt.timedelta(seconds=60)
"""This is longer than a batch of attempts takes, even if the longest one is the last."""

KEPT_ATTEMPTS = 20
"""The number of attempts that are kept for each delivery, the latest ones."""


@dataclass(frozen=True, slots=True)
class DueEndpoint:
    """An enabled endpoint with deliveries that are due.

    `failing`: its last attempt failed. `too_long`: it has failed for so long that it must be disabled.
    """

    id: UUID
    failing: bool
    too_long: bool


@dataclass(frozen=True, slots=True)
class SendingEndpoint:
    """The values that an attempt needs.

    The secrets are encrypted: the current one, then the previous one during a rotation.
    """

    id: UUID
    shop_id: UUID
    url: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """`tries`: the number of earlier attempts in the current series. `until`: the end of the lease."""

    id: UUID
    event: RecordedEvent
    tries: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """The result of an attempt.

    `retry_in`: None if the attempt was the last one or succeeded. `log`: its entry in the log.
    """

    delivery: ClaimedDelivery
    succeeded: bool
    retry_in: dt.timedelta | None
    log: dict[str, Any]


DUE_ENDPOINTS = """webhook_endpoints e
 WHERE e.status = 'enabled' AND e.deleted_at IS NULL
   AND (e.failing_since <= (SELECT clock_timestamp()) - CAST(:too_long AS interval)
        OR EXISTS (SELECT 1 FROM webhook_deliveries d
                    WHERE d.webhook_endpoint_id = e.id AND d.status = 'pending'
                      AND d.next_attempt_at <= (SELECT clock_timestamp())))"""
"""The endpoints with due deliveries, for FROM. `:too_long`: the time after which a failing endpoint is disabled."""

DUE = text(f"""
SELECT e.id, e.failing_since IS NOT NULL AS failing,
       coalesce(e.failing_since <= (SELECT clock_timestamp()) - CAST(:too_long AS interval), false) AS too_long
  FROM {DUE_ENDPOINTS}
""")  # noqa: S608 - a constant


def endpoints(session: Session, *, too_long: dt.timedelta) -> list[DueEndpoint]:
    """Returns the enabled endpoints with due deliveries."""
    return [DueEndpoint(*row) for row in session.execute(DUE, {"too_long": too_long})]


ENDPOINT = text("""
SELECT id, shop_id, url, secret,
       CASE WHEN previous_secret_until > (SELECT clock_timestamp()) THEN previous_secret END AS previous_secret
  FROM webhook_endpoints WHERE id = :id AND status = 'enabled' AND deleted_at IS NULL
""")
CLAIM = text("""
WITH due AS MATERIALIZED (
  SELECT id FROM webhook_deliveries
   WHERE webhook_endpoint_id = :endpoint_id AND status = 'pending' AND next_attempt_at <= (SELECT clock_timestamp())
   ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE webhook_deliveries d SET next_attempt_at = (SELECT clock_timestamp()) + CAST(:lease AS interval)
    FROM due WHERE d.id = due.id
  RETURNING d.id, d.event_id, d.tries, d.next_attempt_at
)
SELECT c.id, c.tries, c.next_attempt_at, e.id AS event_id, e.type, e.data, e.created_at
  FROM claimed c JOIN events e ON e.id = c.event_id ORDER BY e.xid, e.seq
""")


def claim(session: Session, endpoint_id: UUID, *, limit: int) -> tuple[SendingEndpoint, list[ClaimedDelivery]] | None:
    """Claims up to `limit` due deliveries of the endpoint. Returns None if the endpoint is disabled or nothing is
    due.
    """
    found = session.execute(ENDPOINT, {"id": endpoint_id}).one_or_none()
    if found is None:
        return None
    rows = session.execute(CLAIM, {"endpoint_id": endpoint_id, "limit": limit, "lease": LEASE}).all()
    claimed = [
        ClaimedDelivery(
            row.id, RecordedEvent(row.event_id, row.type, row.data, row.created_at), row.tries, row.next_attempt_at
        )
        for row in rows
    ]
    secrets = [secret for secret in (found.secret, found.previous_secret) if secret]
    return (SendingEndpoint(found.id, found.shop_id, found.url, secrets), claimed) if claimed else None


# A success always counts. A failure counts only while the sender still has the lease.
RECORD = text("""
UPDATE webhook_deliveries d
   SET status = r.status, tries = d.tries + 1,
       attempts = CASE WHEN jsonb_array_length(d.attempts) < :kept THEN d.attempts ELSE d.attempts - 0 END || r.log,
       next_attempt_at = CASE WHEN r.status <> 'pending' THEN d.next_attempt_at
                         ELSE (SELECT clock_timestamp()) + make_interval(secs => r.retry_in) END,
       ended_at = CASE WHEN r.status <> 'pending' THEN (SELECT clock_timestamp()) END
  FROM jsonb_to_recordset(CAST(:results AS jsonb))
       AS r(id uuid, until timestamptz, status text, retry_in double precision, log jsonb)
 WHERE d.id = r.id AND d.status = 'pending' AND (r.status = 'delivered' OR d.next_attempt_at = r.until)
""")
GIVE_BACK = text("""
UPDATE webhook_deliveries d SET next_attempt_at = (SELECT clock_timestamp())
  FROM jsonb_to_recordset(CAST(:claims AS jsonb)) AS c(id uuid, until timestamptz)
 WHERE d.id = c.id AND d.status = 'pending' AND d.next_attempt_at = c.until
""")


def record(session: Session, results: Sequence[RecordedAttempt]) -> None:
    """Writes the results of attempts, and the times at which failed ones are repeated."""
    if results:
        session.execute(RECORD, {"results": json.dumps([_values(one) for one in results]), "kept": KEPT_ATTEMPTS})


def _values(result: RecordedAttempt) -> dict[str, Any]:
    retried = not result.succeeded and result.retry_in is not None
    return {
        "id": str(result.delivery.id),
        "until": result.delivery.until.isoformat(),
        "status": "delivered" if result.succeeded else "pending" if retried else "failed",
        "retry_in": result.retry_in.total_seconds() if result.retry_in else None,
        "log": result.log,
    }


def give_back(session: Session, unsent: Sequence[ClaimedDelivery]) -> None:
    """Ends the leases of deliveries that were claimed and not attempted."""
    if unsent:
        claims = [{"id": str(one.id), "until": one.until.isoformat()} for one in unsent]
        session.execute(GIVE_BACK, {"claims": json.dumps(claims)})


# It is written at most once a minute while deliveries succeed.
SUCCEEDED = text("""
UPDATE webhook_endpoints SET failing_since = NULL, last_success_at = (SELECT clock_timestamp())
 WHERE id = :id AND (failing_since IS NOT NULL OR last_success_at IS NULL
                     OR last_success_at < (SELECT clock_timestamp()) - interval '1 minute')
""")
FAILED = text("""
UPDATE webhook_endpoints SET failing_since = (SELECT clock_timestamp()) WHERE id = :id AND failing_since IS NULL
""")


def note_attempts(session: Session, endpoint_id: UUID, *, any_success: bool, last_succeeded: bool) -> None:
    """Records whether the endpoint works: since when it has failed, and when it last succeeded."""
    if any_success:
        session.execute(SUCCEEDED, {"id": endpoint_id})
    if not last_succeeded:
        session.execute(FAILED, {"id": endpoint_id})


DISABLE = text("""
UPDATE webhook_endpoints
   SET status = 'disabled', disabled_at = (SELECT clock_timestamp()), disabled_reason = :reason
 WHERE id = :id AND status = 'enabled' AND deleted_at IS NULL
RETURNING shop_id, url, disabled_at
""")


@dataclass(frozen=True, slots=True)
class DisabledEndpoint:
    shop_id: UUID
    url: str
    at: dt.datetime


def disable(session: Session, endpoint_id: UUID, *, reason: str) -> DisabledEndpoint | None:
    """Disables an endpoint (`gone` or `failing`). Returns None if it was already disabled or deleted."""
    row = session.execute(DISABLE, {"id": endpoint_id, "reason": reason}).one_or_none()
    return None if row is None else DisabledEndpoint(*row)
