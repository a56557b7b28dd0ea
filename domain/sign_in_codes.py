"""The code by which a member of staff signs in: derived when it is sent and when it is judged, kept nowhere.

At least six digits, ten minutes, one use, five tries (OWASP ASVS 6.5, 6.6).
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
TRIES = 5

IDLE = timedelta(minutes=30)
"""A session ends when nobody did anything for so long, ..."""
LONGEST_SESSION = timedelta(hours=12)
"""... and in any case so long after the sign-in."""
FRESH = timedelta(minutes=15)
"""What concerns everybody's data or rights is done only so soon after a sign-in."""

INVITATION_LIFE = timedelta(days=7)
"""The same as the default of staff_invitations.expires_at, and the week of the text that brings the link."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """How long a member waits for the next code on a channel. The level is the number of codes that were sent there
    and not used; it falls by one a day, and by one with each code that is used."""

    free: int = 5
    """Up to this level there is no wait."""
    first: timedelta = timedelta(minutes=1)
    """The wait at that level; each level above doubles it."""
    longest: timedelta = timedelta(days=1)
    alarm: int = 8
    """From this level on, the shop is told. A person who asks again in impatience does not get there in a minute."""


BACK_OFF = BackOff()
MOST_FOR_A_SHOP = 200
"""Codes in an hour for one shop on one channel. Beyond it the shop's staff are told."""


def code_of(key: str, code_id: UUID, nonce: str) -> str:
    """The digits of one row of `otp_codes`; whoever has neither the key nor the text cannot know them."""
    digest = hmac.digest(key.encode(), f"sign-in code:{code_id}:{nonce}".encode(), sha256)
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)


def is_code(typed: str, *, key: str, code_id: UUID, nonce: str) -> bool:
    """Whether these are the digits, however they were grouped. Takes the same time for any guess."""
    digits = "".join(character for character in typed if character.isdigit())
    return hmac.compare_digest(digits.encode(), code_of(key, code_id, nonce).encode())


def invitation_token(key: str, invitation_id: UUID, nonce: str) -> str:
    """128 bits, hexadecimal, for the link of one row of `staff_invitations`."""
    return hmac.digest(key.encode(), f"staff invitation:{invitation_id}:{nonce}".encode(), sha256)[:16].hex()
