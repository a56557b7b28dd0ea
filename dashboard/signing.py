"""Signs values that the browser stores. After a key rotation, signatures made with the previous keys remain valid."""

from itsdangerous import URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies


def signer(salt: str) -> URLSafeTimedSerializer:
    """Returns a signer for the purpose `salt`. A value signed for one purpose is invalid for any other."""
    return URLSafeTimedSerializer(keys_oldest_first(page_dependencies().settings.secret_keys), salt=salt)


def keys_oldest_first(secret_keys: list[str]) -> list[str]:
    """Returns the keys in the order of itsdangerous, which signs with the last key."""
    return secret_keys[::-1]
