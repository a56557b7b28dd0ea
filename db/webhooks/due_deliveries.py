"""Claims due deliveries of events to webhook endpoints for the length of a lease, and records their results.

A claim sets `next_attempt_at` to the end of the lease, so that a delivery becomes due again if its worker is killed.
"""

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
"""The lease of a batch. It is longer than the attempts take, even if the last attempt takes the maximum time."""

KEPT_ATTEMPTS = 20
"""The number of attempts in the log of a delivery. Older attempts are removed."""


@dataclass(frozen=True, slots=True)
class DueEndpoint:
    """An enabled endpoint with deliveries that are due.

    `failing`: the last attempt failed. `too_long`: the endpoint has failed for so long that it must be disabled.
    """

    id: UUID
    failing: bool
    too_long: bool


@dataclass(frozen=True, slots=True)
class SendingEndpoint:
    """The columns of an endpoint that an attempt needs.

    `secrets` are encrypted: the current secret, then during a rotation also the previous secret.
    """

    id: UUID
    shop_id: UUID
    url: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery to attempt. `tries`: the number of attempts so far in this series. `until`: the end of the lease."""

    id: UUID
    event: RecordedEvent
    tries: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """The result of an attempt.

    `retry_in` is None if the attempt succeeded or was the last. `log` is the attempt's entry in the log.
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
"""A FROM item: the endpoints that have due deliveries or have been failing for longer than `:too_long`."""

DUE = text(f"""
SELECT e.id, e.failing_since IS NOT NULL AS failing,
       coalesce(e.failing_since <= (SELECT clock_timestamp()) - CAST(:too_long AS interval), false) AS too_long
  FROM {DUE_ENDPOINTS}
""")  # noqa: S608 - a constant


def endpoints(session: Session, *, too_long: dt.timedelta) -> list[DueEndpoint]:
    """Returns the enabled endpoints that have due deliveries or have been failing for longer than `too_long`."""
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
    """Claims up to `limit` due deliveries. Returns None if the endpoint is disabled or has no due delivery."""
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


# A success is always recorded. A failure is recorded only while the sender still holds the lease.
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
    """Writes the results of attempts and the times of the next attempts."""
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
    """Ends the leases of deliveries that were claimed but not attempted."""
    if unsent:
        claims = [{"id": str(one.id), "until": one.until.isoformat()} for one in unsent]
        session.execute(GIVE_BACK, {"claims": json.dumps(claims)})


# While deliveries succeed, the row is updated at most once a minute.
SUCCEEDED = text("""
UPDATE webhook_endpoints SET failing_since = NULL, last_success_at = (SELECT clock_timestamp())
 WHERE id = :id AND (failing_since IS NOT NULL OR last_success_at IS NULL
                     OR last_success_at < (SELECT clock_timestamp()) - interval '1 minute')
""")
FAILED = text("""
UPDATE webhook_endpoints SET failing_since = (SELECT clock_timestamp()) WHERE id = :id AND failing_since IS NULL
""")


def note_attempts(session: Session, endpoint_id: UUID, *, any_success: bool, last_succeeded: bool) -> None:
    """Records when the endpoint last succeeded, or when it started to fail."""
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
