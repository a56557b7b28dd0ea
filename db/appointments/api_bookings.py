"""Books for the API in one statement, because each statement of a transaction costs a round trip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from db.access.api_keys import USE_RECORDED_EVERY, PresentedKey
from db.idempotency import LOCK_SPACE
from db.sql import selecting

FIELDS = (
    *("customer_id", "starts_at", "ends_at", "performer_id", "service_id", "price_cents", "deposit_cents"),
    *("payment_required", "external_id"),
)
BOOK = selecting(
    "SELECT shop, answer FROM book_for_api(:key_id, :live, :secret_hash, :use_recorded_every, :space,"  # noqa: S608
    f" :idempotency_key, :request_hash, :app_url, {', '.join(f':{name}' for name in FIELDS)})",
    ("shop", "answer"),
)


@dataclass(frozen=True, slots=True)
class BookedAtOnce:
    """A booking, with the JSON of the appointment as the response and as stored for the Idempotency-Key."""

    shop_id: UUID
    answer: str


def book(
    connection: Connection,
    presented: PresentedKey,
    fields: Mapping[str, Any],
    *,
    app_url: str,
    idempotency_key: str | None = None,
    request_hash: str | None = None,
) -> BookedAtOnce | None:
    """Authenticates the key, books, and stores the answer for the Idempotency-Key, if any, in one transaction.

    `fields` are FIELDS. Returns None, without an effect, for a request that is refused, repeated or unusual. Overlaps
    and duplicate ids violate their constraints (IntegrityError).
    """
    values = {
        "key_id": presented.id,
        "live": presented.live,
        "secret_hash": presented.secret_hash,
        "use_recorded_every": USE_RECORDED_EVERY,
        "space": LOCK_SPACE,
        "idempotency_key": idempotency_key,
        "request_hash": request_hash,
        "app_url": app_url,
        **fields,
    }
    row = connection.execute(BOOK, values).one()
    return None if row.answer is None else BookedAtOnce(row.shop, row.answer)
