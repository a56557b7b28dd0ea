"""The stored responses to requests with an Idempotency-Key.

A response is written in the transaction of the request's effect, and returned to repeated requests for a day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from db.sql import selecting

KEPT = timedelta(hours=24)

LOCK_SPACE = 0x5107
"""The first of the two numbers that identify an advisory lock on an Idempotency-Key.

All other advisory locks have a single number, so they can't collide with these locks.
"""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The stored response to the first request with a key."""

    request_hash: str
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a key by a request. `kept` is the response to an earlier request with the key, or None.

    If `kept` is None, `claimed` is false while another request with the key is running.
    """

    kept: KeptAnswer | None
    claimed: bool


# The statement that claims a key reads rows as of its start. If the first request ended between that start and the
# acquisition of the lock, only this statement finds the row.
KEEP = selecting(
    """
INSERT INTO idempotency_records AS r (shop_id, key, request_hash, status, body, headers)
VALUES (:shop_id, :key, :request_hash, :status, :body, CAST(:headers AS jsonb))
ON CONFLICT (shop_id, key) DO UPDATE
   SET request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
       headers = excluded.headers, created_at = excluded.created_at
 WHERE r.created_at <= (SELECT clock_timestamp()) - CAST(:kept AS interval)
RETURNING r.id
""",
    ("id",),
)


def keep(session: Session, shop_id: UUID, key: str, answer: KeptAnswer) -> bool:
    """Stores the response.

    Returns False if another request has stored a response in the meantime. The transaction must then be rolled back.
    """
    values = {
        "shop_id": shop_id,
        "key": key,
        "request_hash": answer.request_hash,
        "status": answer.status,
        "body": answer.body,
        "headers": json.dumps(dict(answer.headers)),
        "kept": KEPT,
    }
    return session.execute(KEEP, values).one_or_none() is not None
