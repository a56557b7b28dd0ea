"""Sign-in codes of staff. A code is derived from a key when it is sent and when it is checked, and is never stored.

A code has six digits, is valid for ten minutes, and allows one use and five attempts (OWASP ASVS 6.5, 6.6).
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
"""The time without activity after which a session ends."""
LONGEST_SESSION = timedelta(hours=12)
"""The maximum time between the sign-in and the end of a session."""
FRESH = timedelta(minutes=15)
"""Exports and changes to the team are allowed for this long after the sign-in."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """The wait before a member can request the next code on a channel.

    The wait depends on the level. Each code that is sent on the channel raises the level by one; each used code, and
    each day, lowers it by one.
    """

    free: int = 5
    """Below this level there is no wait."""
    first: timedelta = timedelta(minutes=1)
    """The wait at level `free`. Each higher level doubles the wait."""
    longest: timedelta = timedelta(days=1)
    alarm: int = 8
    """The level at which the shop's staff are notified. Requests that are repeated within a minute don't reach it."""


BACK_OFF = BackOff()
MOST_FOR_A_SHOP = 200
"""The maximum number of codes for one shop and channel in an hour.

Further codes are refused, and the staff are notified.
"""


def code_of(key: str, code_id: UUID, nonce: str) -> str:
    """Returns the digits for a row of `otp_codes`. The digits can't be computed without the key."""
    digest = hmac.digest(key.encode(), f"sign-in code:{code_id}:{nonce}".encode(), sha256)
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)


def is_code(typed: str, *, keys: Sequence[str], code_id: UUID, nonce: str) -> bool:
    """Whether the digits in `typed` are the code for one of the keys. Ignores grouping. Compares in constant time."""
    digits = "".join(character for character in typed if character.isdigit())
    return any(hmac.compare_digest(digits.encode(), code_of(key, code_id, nonce).encode()) for key in keys)


def invitation_token(key: str, invitation_id: UUID, nonce: str) -> str:
    """Returns the token (128 bits, hexadecimal) for the link of a row of `staff_invitations`."""
    return hmac.digest(key.encode(), f"staff invitation:{invitation_id}:{nonce}".encode(), sha256)[:16].hex()


def token_hash(token: str) -> str:
    """Returns the hash that the database stores instead of a token."""
    return sha256(token.encode()).hexdigest()
