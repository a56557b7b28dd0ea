"""Signs values that the browser keeps. During a rotation, signatures made with the previous key are also accepted."""

from itsdangerous import URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies


def signer(salt: str) -> URLSafeTimedSerializer:
    """Returns a signer. `salt` names the purpose, and a value signed for one purpose is invalid for all others."""
    return URLSafeTimedSerializer(keys_oldest_first(page_dependencies().settings.secret_keys), salt=salt)


def keys_oldest_first(secret_keys: list[str]) -> list[str]:
    """The order that itsdangerous expects: it signs with the last key."""
    return secret_keys[::-1]
