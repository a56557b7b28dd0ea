"""Encrypts values that the system must be able to decrypt, but that a dump of the database must not reveal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class SecretUnreadableError(ValueError):
    """The text was encrypted with another key, or was altered."""


class Encryption:
    """Encrypts with the first key and decrypts with any key. Each purpose has its own keys, derived from `keys`."""

    def __init__(self, keys: Sequence[str], *, purpose: str) -> None:
        self._keys, self._purpose = keys, purpose

    @cached_property
    def _fernet(self) -> MultiFernet:
        # Most processes encrypt nothing, and this module takes 6 MB.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(_derived(key, self._purpose)) for key in self._keys])

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Decrypts a text. Raises SecretUnreadableError."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise SecretUnreadableError("It was encrypted with another key.") from None

    def rotate(self, token: str) -> str:
        """Encrypts the same text with the first key. Raises SecretUnreadableError."""
        return self.encrypt(self.decrypt(token))


def _derived(key: str, purpose: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}\0{key}".encode()).digest())
