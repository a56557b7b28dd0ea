"""Encrypts the credentials of connected calendars with the first key, and decrypts them with any key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from settings.calendars import CalendarSettings


class UnreadableCredentialsError(Exception):
    """No configured key can decrypt the credentials, because an old key was removed before the rotation."""


class CredentialBox:
    """Encrypts and decrypts with the keys in CALENDAR_KEYS."""

    def __init__(self, settings: CalendarSettings) -> None:
        keys = [_derived(key.strip()) for key in settings.calendar_keys.get_secret_value().split(",") if key.strip()]
        self._fernet, self._first = MultiFernet([Fernet(key) for key in keys]), keys[0]

    def __repr__(self) -> str:
        return "CredentialBox()"

    def encrypt(self, credentials: Mapping[str, str]) -> str:
        return self._fernet.encrypt(json.dumps(dict(credentials)).encode()).decode()

    def decrypt(self, encrypted: str | None) -> dict[str, str]:
        """Returns the credentials, or an empty dict if there are none. Raises UnreadableCredentialsError."""
        if not encrypted:
            return {}
        try:
            found: dict[str, str] = json.loads(self._fernet.decrypt(encrypted.encode()))
        except InvalidToken:
            raise UnreadableCredentialsError(
                "The credentials of a calendar can't be decrypted. Add the key that encrypted them to CALENDAR_KEYS."
            ) from None
        return found

    def digest(self, entered: Mapping[str, Any]) -> str:
        """Returns a keyed digest of entered values, which shows only whether the same values were entered again."""
        described = json.dumps(dict(entered), sort_keys=True).encode()
        return hmac.new(self._first, described, hashlib.sha256).hexdigest()

    def rotate(self, encrypted: str) -> str:
        """Encrypts the same credentials with the first key. Raises UnreadableCredentialsError."""
        try:
            return self._fernet.rotate(encrypted.encode()).decode()
        except InvalidToken:
            raise UnreadableCredentialsError(
                "The credentials can't be decrypted with any key of CALENDAR_KEYS."
            ) from None


def _derived(key: str) -> bytes:
    """Derives a Fernet key, which has exactly 32 bytes, from a key that may be any random text."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
