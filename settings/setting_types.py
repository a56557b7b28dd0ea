"""The types of settings, and the requirements for each type in production."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from settings.servers import INVALID_PORT

Environment = Literal["development", "test", "production"]


@dataclass(frozen=True)
class InProduction:
    """A requirement in a field's annotation. `broken` detects invalid values; `fix` describes how to correct them."""

    broken: Callable[[str], bool]
    fix: str


def _strip(value: object) -> object:
    # A secret that was pasted with a line break would never match a signature.
    return value.strip() if isinstance(value, str) else value


def _strip_or_none(value: object) -> object:
    return _strip(value) or None


def has_valid_port(address: str) -> bool:
    """Returns whether the port is valid or missing. `urlsplit` validates a port only when the port is read."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _is_web_address(value: str) -> str:
    if not has_valid_port(value):
        raise ValueError(INVALID_PORT)
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(map(str.isspace, value)):
        raise ValueError("must be an address that starts with http:// or https://, without spaces")
    return value


def _is_base_address(value: str) -> str:
    """Paths are appended to the address. After a query, they would become part of the query."""
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username is not None or value.endswith(("?", "#")):
        raise ValueError("must be a base URL, without a user, ?query or #fragment")
    return value


def _is_sender(value: str) -> str:
    local, _, domain = parseaddr(value)[1].rpartition("@")
    if not local or not domain or not value.isprintable():
        raise ValueError("must be an e-mail address, or Name <address>")
    return value


def _without_trailing_slash(value: str) -> str:
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_not_public_https(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme != "https" or is_loopback(parts.hostname or "")


DEVELOPMENT_ONLY = "development-only"
GUESSABLE = frozenset({DEVELOPMENT_ONLY, "changeme", "change-me", "secret", "password", "test", "dev", "development"})


MIN_SECRET_LENGTH = 16
"""The minimum length in characters. This is 64 bits if the secret consists of hexadecimal digits."""
MIN_DISTINCT_CHARACTERS = 5


def _is_guessable(value: str) -> bool:
    return value.lower() in GUESSABLE


def _is_short(value: str) -> bool:
    return 0 < len(value) < MIN_SECRET_LENGTH or 0 < len(set(value)) < MIN_DISTINCT_CHARACTERS


def _has_no_password(value: str) -> bool:
    return not urlsplit(value).password


not_empty = InProduction(lambda value: not value, "is empty; set it")
not_guessable = InProduction(
    _is_guessable,
    "is a guessable default; set it to a random value, for example the output of `openssl rand -hex 32`",
)
long_enough = InProduction(
    _is_short,
    f"is too short; set it to at least {MIN_SECRET_LENGTH} random characters, for example the output of "
    "`openssl rand -hex 32`",
)
with_password = InProduction(
    _has_no_password,
    "has no password; configure one in Redis (requirepass or an ACL user): redis://:password@host:6379/0",
)
public_https = InProduction(_is_not_public_https, "must be a public https:// URL, not http:// and not loopback")
live_stripe_key = InProduction(
    lambda value: value.startswith(("sk_test_", "rk_test_", "pk_test_")),
    "is a test key; set the live key from the Stripe dashboard",
)
live_signing_secret = InProduction(
    lambda value: value.startswith("whsec_test") or "sandbox" in value,
    "is the signing secret of the sandbox; set the secret that Stripe shows for the live webhook endpoint",
)
twilio_account = InProduction(
    lambda value: re.fullmatch(r"AC[0-9a-f]{32}", value) is None,
    "must be the account SID from the Twilio console: AC and 32 hexadecimal digits",
)


def accepted(*secrets: SecretStr | None) -> list[str]:
    """Returns the values that are set: the current secret, then the previous secret."""
    return [secret.get_secret_value() for secret in secrets if secret and secret.get_secret_value()]


Secret = Annotated[SecretStr, BeforeValidator(_strip)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_strip_or_none)]
OptionalText = Annotated[str | None, BeforeValidator(_strip_or_none)]
PublicScript = Annotated[str, BeforeValidator(_strip), AfterValidator(_is_web_address), public_https]
PublicAddress = Annotated[PublicScript, AfterValidator(_is_base_address), AfterValidator(_without_trailing_slash)]
Sender = Annotated[str, AfterValidator(_is_sender)]
