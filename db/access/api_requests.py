"""Begins the transaction of an API request: authenticates its key, and claims its Idempotency-Key."""

import hmac
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access.api_keys import USE_RECORDED_EVERY, KeyOwner, PresentedKey
from db.idempotency import KEPT, LOCK_SPACE, Claim, KeptAnswer
from db.sql import read, selecting

# The statement sets the role and the shop for the rest of the transaction, even if the key is invalid. This is
# harmless, because the transaction of an invalid key ends after this statement.
OWNER = tuple(KeyOwner.__dataclass_fields__)
BEGIN = selecting(
    read("begin_api_request.sql"),
    (
        *(*OWNER, "secret_hash", "record_use", "claimed"),
        *("request_hash", "status", "body", "headers", "shop_set", "role_set"),
    ),
)
RECORD_USE = text("UPDATE api_keys SET last_used_at = (SELECT clock_timestamp()) WHERE id = :id")


@dataclass(frozen=True, slots=True)
class BegunRequest:
    """The owner of the key, and the claim of the Idempotency-Key, if the request has one."""

    owner: KeyOwner
    claim: Claim | None


def begin(session: Session, presented: PresentedKey, idempotency_key: str | None = None) -> BegunRequest | None:
    """Returns the owner of the key, or None if the key is wrong, expired or revoked. If the result is None, the
    transaction must end.

    Restricts the rest of the transaction to the shop by row-level security (role slots_api). Compares the secret in
    constant time. Claims the Idempotency-Key until the end of the transaction, without waiting for another claim.
    """
    values = {
        "id": presented.id,
        "pause": USE_RECORDED_EVERY,
        "key": idempotency_key,
        "kept": KEPT,
        "space": LOCK_SPACE,
    }
    row = session.execute(BEGIN, values).one_or_none()
    known = row.secret_hash if row else ""
    if not hmac.compare_digest(known, presented.secret_hash) or row is None or row.live != presented.live:
        return None
    if row.record_use:
        session.execute(text("SET LOCAL ROLE NONE"))
        session.execute(RECORD_USE, {"id": row.id})
        session.execute(text("SET LOCAL ROLE slots_api"))
    owner = KeyOwner(*(getattr(row, name) for name in OWNER))
    if idempotency_key is None:
        return BegunRequest(owner, None)
    kept = None if row.status is None else KeptAnswer(row.request_hash, row.status, row.body, row.headers)
    return BegunRequest(owner, Claim(kept, row.claimed))
