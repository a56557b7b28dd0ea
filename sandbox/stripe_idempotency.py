"""Stores the first response for each Stripe idempotency key (https://docs.stripe.com/api/idempotent_requests)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sandbox.http_answers import ProviderAnswer
from sandbox.store import Transaction, to_json

REPLAYED = {"Idempotent-Replayed": "true"}


def _error(status: int, kind: str, code: str | None, message: str) -> ProviderAnswer:
    body = {"error": {"type": kind, "message": message} | ({"code": code} if code else {})}
    return ProviderAnswer(status, body)


def reserve(tx: Transaction, key: str, endpoint: str, params: Mapping[str, Any]) -> ProviderAnswer | None:
    """Claims a key for this call, or returns the stored response, a 400 or a 409."""
    asked = hashlib.sha256(f"{endpoint} {json.dumps(params, sort_keys=True)}".encode()).hexdigest()
    row = tx.execute("SELECT * FROM idempotency_keys WHERE key = ?", (key,)).fetchone()
    if row is None:
        tx.execute("INSERT INTO idempotency_keys (key, request) VALUES (?, ?)", (key, asked))
        return None
    if row["request"] != asked:
        return _error(
            400,
            "idempotency_error",
            None,
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
        )
    if row["status"] is None:
        return _error(
            409,
            "idempotency_error",
            "idempotency_key_in_use",
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}",
        )
    return ProviderAnswer(row["status"], json.loads(row["answer"]), row["response_id"], REPLAYED)


def settle(tx: Transaction, key: str, answer: ProviderAnswer) -> None:
    """Stores the response, even if it is an error. If the call was refused before it began, the key is released."""
    if not answer.kept:
        release(tx, key)
        return
    tx.execute(
        "UPDATE idempotency_keys SET status = ?, answer = ?, response_id = ? WHERE key = ?",
        (answer.status, to_json(answer.body), answer.response_id, key),
    )


def release(tx: Transaction, key: str) -> None:
    """Releases the key as if it were unused."""
    tx.execute("DELETE FROM idempotency_keys WHERE key = ? AND status IS NULL", (key,))


def release_unfinished(tx: Transaction) -> None:
    """Releases the keys of calls that were cut short when the process was killed."""
    tx.execute("DELETE FROM idempotency_keys WHERE status IS NULL")


def forget_all(tx: Transaction) -> int:
    """Deletes all keys; returns their number."""
    return tx.execute("DELETE FROM idempotency_keys").rowcount
