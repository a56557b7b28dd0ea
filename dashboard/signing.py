"""Signs values that the browser keeps. During a rotation, what the previous key signed is accepted too."""

from itsdangerous import URLSafeTimedSerializer

from dashboard.page_dependencies import page_dependencies


def signer(salt: str) -> URLSafeTimedSerializer:
    """`salt` names the purpose: a value that is signed for one purpose is invalid for all others."""
    return URLSafeTimedSerializer(keys_oldest_first(page_dependencies().settings.secret_keys), salt=salt)


def keys_oldest_first(secret_keys: list[str]) -> list[str]:
    """The order of itsdangerous, which signs with the last one."""
    return secret_keys[::-1]
