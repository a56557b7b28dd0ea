"""Sign-in codes of staff. A code is derived from a key when it is sent and when it is checked; it is never stored.

Six digits, valid for ten minutes, one use, five attempts (OWASP ASVS 6.5, 6.6).
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
TRIES = 5

IDLE = timedelta(minutes=30)
"""The inactivity after which a session ends."""
LONGEST_SESSION = timedelta(hours=12)
"""The time after the sign-in at which a session ends in any case."""
FRESH = timedelta(minutes=15)
"""The maximum age of the sign-in for exports and for changes to the team."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """The wait before a member can request the next code on a channel.

    The level is the number of unused codes sent on that channel; it decreases by one per day and by one with each
    used code.
    """

    free: int = 5
    """Below this level there is no wait."""
    first: timedelta = timedelta(minutes=1)
    """The wait at level `free`; it doubles with each level above."""
    longest: timedelta = timedelta(days=1)
    alarm: int = 8
    """At this level the shop's staff are notified. Repeated requests within a minute don't reach it."""


BACK_OFF = BackOff()
MOST_FOR_A_SHOP = 200
"""Codes per hour for one shop on one channel. Above it, codes are refused and the staff are notified."""


def code_of(key: str, code_id: UUID, nonce: str) -> str:
    """Returns the digits for one row of `otp_codes`. They can't be computed without the key."""
    digest = hmac.digest(key.encode(), f"sign-in code:{code_id}:{nonce}".encode(), sha256)
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)


def is_code(typed: str, *, keys: Sequence[str], code_id: UUID, nonce: str) -> bool:
    """Whether the digits in `typed`, in any grouping, are the code of one of the keys. Compares in constant time."""
    digits = "".join(character for character in typed if character.isdigit())
    return any(hmac.compare_digest(digits.encode(), code_of(key, code_id, nonce).encode()) for key in keys)


def invitation_token(key: str, invitation_id: UUID, nonce: str) -> str:
    """The token in the link of one row of `staff_invitations`: 128 bits, hexadecimal."""
    return hmac.digest(key.encode(), f"staff invitation:{invitation_id}:{nonce}".encode(), sha256)[:16].hex()


def token_hash(token: str) -> str:
    """The hash that the database stores for a token."""
    return sha256(token.encode()).hexdigest()
