"""Compares the signature of a webhook with the expected signature."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotAuthentic:
    """The webhook is forged or has an unexpected format. `reason`: a single word for the metrics."""

    reason: str


def why_not_signed(given: str, secret: str, expected: Callable[[bytes], bytes]) -> NotAuthentic | None:
    """Returns None if `given` equals the result of `expected` with the secret. Compares in constant time."""
    if not given or not secret:
        return NotAuthentic("missing" if not given else "unset")
    same = hmac.compare_digest(given.encode("utf-8", "replace"), expected(secret.encode()))
    return None if same else NotAuthentic("wrong")
