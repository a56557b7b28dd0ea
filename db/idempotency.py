"""The responses stored for Idempotency-Key.

They are written in the transaction of their effect and replayed for a day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

KEPT = timedelta(hours=24)

LOCK_SPACE = 0x5107
"""The first of two numbers of the advisory lock.

Other locks of the product have one number and cannot collide with these.
"""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to the first request with a key."""

    request_hash: str
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """`kept` is the answer to an earlier request.

    Without one, `claimed` says whether no request with the same key is running.
    """

    kept: KeptAnswer | None
    claimed: bool


# The claim sees rows as they were when its statement began. If the first request ended between that time and the
# lock, its row is found only here.
KEEP = text("""
INSERT INTO idempotency_records AS r (shop_id, key, request_hash, status, body, headers)
VALUES (:shop_id, :key, :request_hash, :status, :body, CAST(:headers AS jsonb))
ON CONFLICT (shop_id, key) DO UPDATE
   SET request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
       headers = excluded.headers, created_at = excluded.created_at
 WHERE r.created_at <= (SELECT clock_timestamp()) - CAST(:kept AS interval)
RETURNING r.id
""")


def keep(session: Session, shop_id: UUID, key: str, answer: KeptAnswer) -> bool:
    """Stores the answer.

    Returns False if another request has stored one in the meantime; the transaction must then be rolled back.
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
