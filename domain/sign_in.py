"""The code by which a member of staff signs in: derived when it is sent and when it is judged, kept nowhere.

At least six digits, ten minutes, one use, five tries (OWASP ASVS 6.5, 6.6).
"""

import hmac
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


def code_of(key: str, code_id: UUID, nonce: str) -> str:
    """The digits of one row of `otp_codes`; whoever has neither the key nor the text cannot know them."""
    digest = hmac.digest(key.encode(), f"sign-in code:{code_id}:{nonce}".encode(), sha256)
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)


def is_code(typed: str, *, key: str, code_id: UUID, nonce: str) -> bool:
    """Whether these are the digits, however they were grouped. Takes the same time for any guess."""
    digits = "".join(character for character in typed if character.isdigit())
    return hmac.compare_digest(digits.encode(), code_of(key, code_id, nonce).encode())
